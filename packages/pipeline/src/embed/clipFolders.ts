import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Clip, DataError } from '@refrain/core';

/** Clips cannot be read because what they lie in was taken away: none of them is bad for that. */
export class FolderGoneError extends DataError {}

/** What clips lie in, folders or archives, as it was before they were read. */
export class ClipFolders {
  /** Which device each is on: where a file system was unmounted, its folder is one of another. */
  readonly #devices = new Map<string, number>();

  /** Looks at what these clips lie in. */
  static async of(clips: Iterable<Pick<Clip, 'path'>>): Promise<ClipFolders> {
    const folders = new ClipFolders();
    const seen = new Set<string>();
    for (const { path } of clips) {
      // What is not there, as a folder in an archive is not, may lie in something that is.
      for (let folder = dirname(resolve(path)); !seen.has(folder); folder = dirname(folder)) {
        seen.add(folder);
        const device = await deviceOf(folder);
        if (device === undefined) continue;
        folders.#devices.set(folder, device);
        break;
      }
    }
    return folders;
  }

  /** Throws a FolderGoneError where the clip lay in something that is not there any more. */
  async check({ path }: Pick<Clip, 'path'>): Promise<void> {
    let folder = dirname(resolve(path));
    while (!this.#devices.has(folder) && dirname(folder) !== folder) folder = dirname(folder);
    const device = this.#devices.get(folder);
    if (device === undefined || (await deviceOf(folder)) === device) return;
    while (dirname(folder) !== folder && (await deviceOf(dirname(folder))) === undefined) folder = dirname(folder);
    throw new FolderGoneError(
      folder,
      `${folder} was there when the run began, and is not there any more: was it moved, or its disk or network share taken away? ` +
        'Run again when it is back. What is done is kept, and no clip is set aside for this.',
    );
  }
}

/** Which device a folder or file is on; undefined where it is not there, or cannot be reached. */
function deviceOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ dev }) => dev,
    () => undefined,
  );
}
