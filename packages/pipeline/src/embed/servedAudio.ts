import { open, rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createFolder, DataError, type Host, messageOf, sweepOnce, temporaryName } from '@refrain/core';
import type { AudioAccess } from '../serve/audioServer.ts';

/** A connection that is cut so often without anything having come is given up. */
const MOST_TRIES = 5;
const RETRY_MS = 500;

/** Files that are larger are not fetched. */
const MOST_BYTES = 2 ** 32;

const EXTENSION = /^\.[a-z0-9]{1,8}$/i;

/** Fetches files of clips from where they are served into a folder. */
export class ServedAudio {
  readonly #access: AudioAccess;
  readonly #folder: string;
  readonly #signal: AbortSignal;

  /** The folder is one in the cache folder of the host. */
  constructor(access: AudioAccess, { cacheDir, signal }: Pick<Host, 'cacheDir' | 'signal'>) {
    this.#access = access;
    this.#folder = join(cacheDir, 'served');
    this.#signal = signal;
  }

  /**
   * Fetches the file of a clip, where the connection is cut from there on, and returns its path; it belongs to who gets it. Nothing is believed of it:
   * who reads it compares its hash. `onPiece` is told whenever some of it has come. Throws a DataError that names the clip's `path` where it cannot be had.
   */
  async fetch(contentHash: string, path: string, onPiece: () => void = () => {}): Promise<string> {
    await createFolder(this.#folder);
    const extension = extname(path);
    const file = join(this.#folder, temporaryName(EXTENSION.test(extension) ? extension : '.audio'));
    const opened = await open(file, 'wx');
    try {
      await sweepOnce(this.#folder, (await opened.stat()).mtimeMs);
      let position = 0;
      const write = async (bytes: Uint8Array) => {
        position += bytes.length;
        onPiece();
        if (position > MOST_BYTES)
          throw new DataError(path, `${path}: has more than ${MOST_BYTES} bytes; none are fetched.`);
        await opened.writeFile(bytes);
      };
      for (let tries = 1; ; tries++) {
        const before = position;
        try {
          await this.#read(contentHash, path, position, write);
          return file;
        } catch (error) {
          this.#signal.throwIfAborted();
          if (position > before) tries = 0;
          if (error instanceof DataError || tries === MOST_TRIES) throw lost(path, error);
          await pause(RETRY_MS, undefined, { signal: this.#signal });
        }
      }
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    } finally {
      await opened.close();
    }
  }

  async #read(
    contentHash: string,
    path: string,
    position: number,
    write: (bytes: Uint8Array) => Promise<void>,
  ): Promise<void> {
    const { url, token } = this.#access;
    const response = await fetch(new URL(contentHash, url), {
      headers: { authorization: `Bearer ${token}`, ...(position > 0 && { range: `bytes=${position}-` }) },
      redirect: 'error',
      signal: this.#signal,
    });
    if (response.status === 416) return;
    if (response.status !== (position > 0 ? 206 : 200) || response.body === null) {
      await response.body?.cancel();
      throw new DataError(path, `${path}: is not served at ${url} (status ${response.status}).`);
    }
    for await (const bytes of response.body) await write(bytes);
  }
}

function lost(path: string, cause: unknown): DataError {
  if (cause instanceof DataError) return cause;
  return new DataError(path, `${path}: cannot be fetched from where it is served: ${messageOf(cause)}.`, { cause });
}
