/**
 * Bytes kept under the hash of what they are, where every machine of a run finds them. Nothing in it is ever changed, so it needs no locks: who
 * puts the same twice puts it once.
 */
export interface ContentStore {
  /** Keeps the parts, one after the other, and returns their key: SHA-256, 64 hexadecimal digits. Whole or not at all. */
  put(...parts: readonly NodeJS.ArrayBufferView[]): Promise<string>;
  /** The bytes under a key. Throws a DataError where there are none, or others than the key says. */
  get(key: string): Promise<Uint8Array<ArrayBuffer>>;
  has(key: string): Promise<boolean>;
  /** Removes what is under a key, where it is there. */
  remove(key: string): Promise<void>;
  /**
   * A store apart, for what is needed only while a run lasts. Its name is one of `temporaryName`, which tells whose it is: should its owner end
   * without clearing it, a later run does. Throws a DataError for another name.
   */
  aside(name: string): AsideStore;
}

/** A part of a content store that goes as a whole. */
export interface AsideStore extends Omit<ContentStore, 'aside'> {
  /** Removes all that is in it. */
  clear(): Promise<void>;
}
