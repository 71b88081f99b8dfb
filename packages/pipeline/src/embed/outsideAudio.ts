import { realpathSync, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';
import { ConfigError, type Dataset } from '@refrain/core';

/**
 * Refuses a dataset whose audio lies outside its folder, by its path or by links: a stranger's list could name any file of this machine, to be
 * read or copied. `dir` is the dataset's folder, or the file of it that lists the clips. Files that are not there, and audio inside archives, are
 * nobody else's. Throws a ConfigError that names the first clip.
 */
export function refuseOutsideAudio({ clips, readBytes }: Dataset, dir: string): void {
  if (readBytes !== undefined) return;
  const root = realpathSync.native(statSync(dir).isDirectory() ? dir : dirname(dir));
  const isInside = (real: string) => real === root || real.startsWith(root.endsWith(sep) ? root : root + sep);
  for (const { id, path } of clips) {
    // Behind a link .. means another folder to the system than to those who take it out of the name.
    const places = [path, resolve(path)].flatMap((name) => realPath(name) ?? []);
    const real = places.find((place) => !isInside(place));
    if (real === undefined) continue;
    throw new ConfigError(
      'outsideAudio',
      `The audio of clip "${id}", ${path}${real === path ? '' : ` (${real})`}, lies outside the dataset's folder ${root}. ` +
        'An earlier folder names this dataset, not you: if you trust both, say `outsideAudio` on.',
    );
  }
}

/** Where a file really is, links followed; undefined where it is not there. */
function realPath(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

/** Throws a ConfigError where the dataset was opened without its audio. */
export function refuseMissingAudio({ missingAudio }: Dataset): void {
  if (missingAudio !== undefined) throw new ConfigError('dataset.dir', missingAudio);
}
