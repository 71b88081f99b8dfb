import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { DataError, messageOf, readAt, writeFileAtomic } from '@refrain/core';

/** Raised when the layout changes. Names of files count it in, so that files of another version are not found at all. */
export const FILE_VERSION = 2;

const MAGIC = 0x6e666552; // "Refn"
const HEAD_BYTES = 16;

const TYPES = { Uint32Array, Float32Array, Float64Array } as const;

/** Numbers as they lie in a file, one after the other. */
export type Numbers = Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** What a file says before its numbers. */
interface Description<Facts> {
  /** Its folder's name and its own: what it answers. */
  readonly name: string;
  readonly facts: Facts;
  readonly sections: readonly {
    readonly type: keyof typeof TYPES;
    readonly bytes: number;
    /** CRC-32 of its bytes. */
    readonly checksum: number;
  }[];
}

/** A sound file that is open. */
export interface KeptFile<Facts> {
  readonly facts: Facts;
  /** Where in the file the numbers begin, in bytes. */
  readonly start: number;
  /** Reads the numbers. Throws a DataError where they are damaged. */
  readonly numbers: () => Promise<Numbers[]>;
}

/**
 * What runs keep for later ones, in files of one folder, each whole or not at all: facts, which are JSON, and numbers. A file, little-endian, is
 * "Refn", the version, the length of its description and the CRC-32 of that, four uint32; the description in UTF-8; the numbers without gaps.
 */
export class KeptFiles<Facts> {
  readonly #folder: string;
  readonly #words: { readonly what: string; readonly otherwise: string };
  readonly #notice: (message: string) => void;
  readonly #told = new Set<string>();

  /** `notice` is told once of each file that cannot be used: which of `what` it is, and what is done `otherwise`. */
  constructor(
    folder: string,
    words: { readonly what: string; readonly otherwise: string },
    notice: (message: string) => void,
  ) {
    this.#folder = folder;
    this.#words = words;
    this.#notice = notice;
  }

  /** What `read` makes of the file of that name; undefined where there is none, or it cannot be read. A damaged one is removed. */
  async find<T>(name: string, read: (file: KeptFile<Facts>) => T | Promise<T>): Promise<T | undefined> {
    const path = join(this.#folder, name);
    try {
      const file = await open(path, 'r');
      try {
        return await read(await this.#described(file, name, path));
      } finally {
        await file.close();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      const isDamaged = error instanceof DataError;
      if (isDamaged) await this.remove(name);
      const { what, otherwise } = this.#words;
      const state = isDamaged ? 'is damaged' : 'cannot be read';
      if (!this.#told.has(name)) this.#notice(`${path}, ${what}, ${state} (${messageOf(error)}): ${otherwise}.`);
      this.#told.add(name);
      return undefined;
    }
  }

  /** So many bytes of the file of that name, from a place on. Throws a DataError where they are not there any more, or not of this CRC-32. */
  async bytes(name: string, position: number, length: number, checksum: number): Promise<ArrayBuffer> {
    try {
      const file = await open(join(this.#folder, name), 'r');
      try {
        const bytes = await readAt(file, position, length);
        if (bytes.length === length && crc32(bytes) === checksum) return bytes.buffer;
      } finally {
        await file.close();
      }
    } catch (error) {
      throw this.lost(name, messageOf(error));
    }
    throw this.lost(name, 'its numbers are others now');
  }

  /** That a file cannot be used any more from which something was taken already. */
  lost(name: string, reason: string): DataError {
    const path = join(this.#folder, name);
    const { what, otherwise } = this.#words;
    return new DataError(path, `${path}, ${what}, was lost while it was in use (${reason}). Run again: ${otherwise}.`);
  }

  /** Writes a file, whole or not at all, and the folder where it is missing. */
  async keep(name: string, facts: Facts, numbers: readonly Numbers[]): Promise<void> {
    const sections = numbers.map((section) => {
      const type = section.constructor.name as keyof typeof TYPES;
      return { type, bytes: section.byteLength, checksum: crc32(section) };
    });
    const description: Description<Facts> = { name: this.#fullName(name), facts, sections };
    const text = Buffer.from(JSON.stringify(description));
    const head = Uint32Array.of(MAGIC, FILE_VERSION, text.length, crc32(text));
    await writeFileAtomic(join(this.#folder, name), async (file) => {
      for (const { buffer, byteOffset, byteLength } of [head, text, ...numbers])
        await file.writeFile(new Uint8Array(buffer, byteOffset, byteLength));
    });
  }

  /** Removes a file; one that stays does no harm. */
  async remove(name: string): Promise<void> {
    await rm(join(this.#folder, name), { force: true }).catch(() => {});
  }

  #fullName(name: string): string {
    return `${basename(this.#folder)}/${name}`;
  }

  async #described(file: FileHandle, name: string, path: string): Promise<KeptFile<Facts>> {
    const { size } = await file.stat();
    if (size < HEAD_BYTES) throw new DataError(path, `it ends after ${size} bytes`);
    const [magic, version, length, checksum] = new Uint32Array((await readAt(file, 0, HEAD_BYTES)).buffer);
    const start = HEAD_BYTES + length!;
    const text = Buffer.from(start > size ? [] : await readAt(file, HEAD_BYTES, length!));
    if (magic !== MAGIC || version !== FILE_VERSION || crc32(text) !== checksum)
      throw new DataError(path, `expected a description, version ${FILE_VERSION}, found something else`);
    const { name: said, facts, sections } = JSON.parse(text.toString()) as Description<Facts>;
    if (said !== this.#fullName(name)) throw new DataError(path, 'it answers another question than its name says');
    const end = sections.reduce((sum, { bytes }) => sum + bytes, start);
    if (size !== end) throw new DataError(path, `expected ${end} bytes, found ${size}`);
    const numbers = async () => {
      const found: Numbers[] = [];
      let position = start;
      for (const [at, { type, bytes, checksum }] of sections.entries()) {
        const content = await readAt(file, position, bytes);
        if (crc32(content) !== checksum) throw new DataError(path, `the checksum of section ${at} does not fit`);
        found.push(new TYPES[type](content.buffer));
        position += bytes;
      }
      return found;
    };
    return { facts, start, numbers };
  }
}

// Node hashes less than 2 GiB at once.
const BLOCK = 2 ** 28;

/** SHA-256 of the parts, hexadecimal: each has its length before it, so that no two lists of parts read alike. */
export function keyOf(...parts: readonly (string | NodeJS.ArrayBufferView)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const { buffer, byteOffset, byteLength } = typeof part === 'string' ? Buffer.from(part) : part;
    hash.update(Float64Array.of(byteLength));
    for (let at = 0; at < byteLength; at += BLOCK) {
      hash.update(new Uint8Array(buffer, byteOffset + at, Math.min(BLOCK, byteLength - at)));
    }
  }
  return hash.digest('hex');
}
