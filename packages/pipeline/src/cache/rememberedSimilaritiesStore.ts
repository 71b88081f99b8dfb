import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, messageOf, type Pairs } from '@refrain/core';
import { floorsName } from './rememberedSimilaritiesKeys.ts';
import { type Numbers, readSections, type SectionFile, writeSections } from './sectionFile.ts';

/** What a store may take. */
export interface StoreLimits {
  /** Bytes of all its files; the oldest go first. */
  readonly bytes: number;
  /** Bytes of what is found by one query; more is not kept. A pair takes 12. */
  readonly bytesPerResult: number;
  /** Lists of pairs of the same points and groups, with floors of which none is below the other everywhere. */
  readonly listsPerKey: number;
  /** Of fewer points than this nothing is kept: to compute it again takes no longer than to read it. */
  readonly fewestPoints: number;
}

/** 4 GiB, 20 million pairs a list. */
export const STORE_LIMITS: StoreLimits = {
  bytes: 4 * 2 ** 30,
  bytesPerResult: 240_000_000,
  listsPerKey: 3,
  fewestPoints: 2000,
};

// Sections of a file of pairs; the other kinds have one section.
const PAIRS = { floor: 0, i: 1, j: 2, similarity: 3 } as const;
const PAIRS_SECTIONS = 4;

const OURS = /^[0-9a-f]{64}.*\.(tolerance|histogram|pairs)$/;

/**
 * Files of results under keys of 32 bytes: `KEY.tolerance`, `KEY.histogram` and `KEY-FLOORS.pairs`. What cannot be read is as good as absent
 * and what cannot be written is left out; either is told once, none fails a run.
 */
export class SimilarityStore {
  readonly folder: string;
  readonly #notice: (message: string) => void;
  readonly #limits: StoreLimits;
  readonly #told = new Set<string>();
  #isWritable = true;

  constructor(folder: string, notice: (message: string) => void, limits: StoreLimits) {
    this.folder = folder;
    this.#notice = notice;
    this.#limits = limits;
  }

  /** The tolerance that the kernel gave these points, if that was kept. */
  async tolerance(key: Buffer): Promise<number | undefined> {
    return this.#read(`${hex(key)}.tolerance`, key, 1, async (sections) => (await sections.float64(0))[0]);
  }

  async keepTolerance(key: Buffer, tolerance: number): Promise<void> {
    await this.#write(`${hex(key)}.tolerance`, key, [Float64Array.of(tolerance)]);
  }

  /** The histogram kept under this key, if any. */
  async histogram(key: Buffer): Promise<Float64Array | undefined> {
    return this.#read(`${hex(key)}.histogram`, key, 1, (sections) => sections.float64(0));
  }

  async keepHistogram(key: Buffer, counts: Float64Array): Promise<void> {
    if (counts.byteLength > this.#limits.bytesPerResult) return;
    await this.#write(`${hex(key)}.histogram`, key, [counts as Numbers]);
  }

  /** The pairs under this key that reach `floor`, if a list is kept whose own floors are nowhere higher. */
  async pairs(key: Buffer, floor: Float32Array): Promise<Pairs | undefined> {
    for (const name of await this.#listsUnder(key)) {
      const pairs = await this.#read(name, key, PAIRS_SECTIONS, async (sections) =>
        isNowhereAbove(await sections.float32(PAIRS.floor), floor) ? readPairs(sections) : undefined,
      );
      if (pairs !== undefined) return pairsReaching(pairs, floor);
    }
    return undefined;
  }

  /** Keeps a list of pairs, in place of those it holds all pairs of. */
  async keepPairs(key: Buffer, floor: Float32Array, { i, j, similarity }: Pairs): Promise<void> {
    if (i.byteLength + j.byteLength + similarity.byteLength > this.#limits.bytesPerResult) return;
    const others = await this.#listsUnder(key);
    const name = `${hex(key)}-${floorsName(floor)}.pairs`;
    const sections = [floor, i, j, similarity] as Numbers[];
    if (!(await this.#write(name, key, sections))) return;
    let beside = 0;
    for (const other of others.filter((one) => one !== name)) {
      const isHeld = await this.#read(other, key, PAIRS_SECTIONS, async (its) =>
        isNowhereAbove(floor, await its.float32(PAIRS.floor)),
      );
      // The newest come first.
      if (isHeld || ++beside >= this.#limits.listsPerKey) await this.#remove(other);
    }
  }

  /** Lists of pairs under a key, the newest first. */
  async #listsUnder(key: Buffer): Promise<string[]> {
    const files = await this.#files((name) => name.startsWith(hex(key)) && name.endsWith('.pairs'));
    return files.map(({ name }) => name);
  }

  /** Our own files, the newest first. */
  async #files(isWanted: (name: string) => boolean): Promise<{ name: string; bytes: number; age: number }[]> {
    const names = await readdir(this.folder).catch(() => []);
    const files = names
      .filter((name) => OURS.test(name) && isWanted(name))
      .map(async (name) => {
        // Another process may have removed it by now.
        const found = await stat(join(this.folder, name)).catch(() => undefined);
        return { name, bytes: found?.size ?? 0, age: -(found?.mtimeMs ?? 0) };
      });
    return (await Promise.all(files)).sort((a, b) => a.age - b.age || (a.name < b.name ? -1 : 1));
  }

  async #read<T>(
    name: string,
    key: Buffer,
    sections: number,
    read: (sections: SectionFile) => Promise<T>,
  ): Promise<T | undefined> {
    const path = join(this.folder, name);
    try {
      return await readSections(path, key, sections, read);
    } catch (error) {
      const isDamaged = error instanceof DataError;
      const what = isDamaged ? 'is damaged' : 'cannot be read';
      this.#tell(
        path,
        `${path}, similarities of an earlier run, ${what} (${messageOf(error)}): they are computed anew.`,
      );
      if (isDamaged) await this.#remove(name);
      return undefined;
    }
  }

  /** Whether the file was written. */
  async #write(name: string, key: Buffer, sections: readonly Numbers[]): Promise<boolean> {
    if (!this.#isWritable) return false;
    try {
      await writeSections(join(this.folder, name), key, sections);
    } catch (error) {
      this.#isWritable = false;
      this.#tell(this.folder, `Similarities are not kept for later runs: ${messageOf(error)}.`);
      return false;
    }
    let bytes = 0;
    for (const file of await this.#files(() => true)) {
      bytes += file.bytes;
      if (bytes > this.#limits.bytes && file.name !== name) await this.#remove(file.name);
    }
    return true;
  }

  /** Removes a file; one that stays does no harm. */
  async #remove(name: string): Promise<void> {
    await rm(join(this.folder, name), { force: true }).catch(() => {});
  }

  #tell(about: string, message: string): void {
    if (this.#told.has(about)) return;
    this.#told.add(about);
    this.#notice(message);
  }
}

const hex = (key: Buffer) => key.toString('hex');

function isNowhereAbove(floor: Float32Array, other: Float32Array): boolean {
  return floor.every((value, at) => value <= other[at]!);
}

async function readPairs(sections: SectionFile): Promise<Pairs> {
  return {
    i: await sections.uint32(PAIRS.i),
    j: await sections.uint32(PAIRS.j),
    similarity: await sections.float32(PAIRS.similarity),
  };
}

/** Those of `pairs` whose similarity is at least the floor of both points, compared as the kernels do, in float32. Overwrites `pairs`. */
function pairsReaching({ i, j, similarity }: Pairs, floor: Float32Array): Pairs {
  let count = 0;
  for (let at = 0; at < i.length; at++) {
    if (similarity[at]! < Math.max(floor[i[at]!]!, floor[j[at]!]!)) continue;
    i[count] = i[at]!;
    j[count] = j[at]!;
    similarity[count++] = similarity[at]!;
  }
  if (count === i.length) return { i, j, similarity };
  return { i: i.slice(0, count), j: j.slice(0, count), similarity: similarity.slice(0, count) };
}
