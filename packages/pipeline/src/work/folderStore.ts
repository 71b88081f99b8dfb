import { createHash } from 'node:crypto';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type AsideStore,
  type ContentStore,
  createFolder,
  DataError,
  messageOf,
  readTemporaryName,
  sweepOnce,
  writeFileAtomic,
} from '@refrain/core';

const KEY = /^[0-9a-f]{64}$/;
const FILE_NAME = /^[\w.-]+$/;

/** A content store in a folder, which may be shared by machines: a file for each key, written under another name first. */
export class FolderStore implements ContentStore {
  readonly #folder: string;
  readonly #isFlat: boolean;

  /** The folder is made when something is put into it. Its files are spread over folders, unless it `isFlat`. */
  constructor(folder: string, isFlat = false) {
    this.#folder = folder;
    this.#isFlat = isFlat;
  }

  aside(name: string): AsideStore {
    if (!FILE_NAME.test(name) || readTemporaryName(name) === undefined)
      throw new DataError(name, `Expected a name that tells whose it is, got ${JSON.stringify(name)}.`);
    const folder = join(this.#folder, name);
    // Flat, so that whatever is put into it touches it: it is in use.
    const files = new FolderStore(folder, true);
    let making: Promise<void> | undefined;
    const make = async () => {
      await createFolder(folder);
      await sweepOnce(this.#folder, (await stat(folder)).mtimeMs);
    };
    return {
      put: async (...parts) => {
        making ??= make();
        await making;
        return files.put(...parts);
      },
      get: (key) => files.get(key),
      has: (key) => files.has(key),
      remove: (key) => files.remove(key),
      clear: () => rm(folder, { recursive: true, force: true }),
    };
  }

  async put(...parts: readonly NodeJS.ArrayBufferView[]): Promise<string> {
    const bytes = parts.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength));
    const hash = createHash('sha256');
    for (const part of bytes) hash.update(part);
    const key = hash.digest('hex');
    if (!(await this.has(key)))
      await writeFileAtomic(this.#pathOf(key), async (file) => {
        for (const part of bytes) await file.writeFile(part);
      });
    return key;
  }

  async get(key: string): Promise<Uint8Array<ArrayBuffer>> {
    const path = this.#pathOf(key);
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw new DataError(
        path,
        `${path}: cannot be read (${messageOf(cause)}). Is the folder shared by all machines?`,
        {
          cause,
        },
      );
    });
    if (createHash('sha256').update(bytes).digest('hex') !== key)
      throw new DataError(path, `${path}: has other content than its name says. Delete it.`);
    return bytes;
  }

  async has(key: string): Promise<boolean> {
    return stat(this.#pathOf(key)).then(
      (file) => file.isFile(),
      () => false,
    );
  }

  async remove(key: string): Promise<void> {
    await rm(this.#pathOf(key), { force: true });
  }

  #pathOf(key: string): string {
    if (!KEY.test(key))
      throw new DataError(key, `Expected a key of 64 hexadecimal digits, got ${JSON.stringify(key)}.`);
    return this.#isFlat ? join(this.#folder, key) : join(this.#folder, key.slice(0, 2), key);
  }
}
