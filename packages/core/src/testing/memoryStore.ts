import { createHash } from 'node:crypto';
import type { AsideStore, ContentStore } from '../contentStore.ts';
import { DataError } from '../errors.ts';

/** A content store in memory, and how many files are in it and in its parts. */
export function memoryStore(): ContentStore & { readonly size: number } {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const part = (folder: string): AsideStore => ({
    put: async (...parts) => {
      const bytes = Buffer.concat(
        parts.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
      );
      const key = createHash('sha256').update(bytes).digest('hex');
      files.set(folder + key, new Uint8Array(bytes));
      return key;
    },
    get: async (key) => {
      const bytes = files.get(folder + key);
      if (bytes === undefined) throw new DataError(key, `There is no ${key}.`);
      return bytes;
    },
    has: async (key) => files.has(folder + key),
    remove: async (key) => void files.delete(folder + key),
    clear: async () => {
      for (const name of files.keys()) if (name.startsWith(folder)) files.delete(name);
    },
  });
  return {
    ...part(''),
    aside: (name) => part(`${name}/`),
    get size() {
      return files.size;
    },
  };
}
