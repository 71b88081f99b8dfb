import { stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { ClipRecord } from '../schemas.ts';
import { commonBegin } from './clipColumns.ts';
import type { PageAudio } from './pageData.ts';

/** So many files are looked for, spread over all clips. */
const SAMPLES = 5;

/**
 * Audio by relative path from a page in `place`, where the files of the clips lie on the same drive and are there; else none. Clips of an archive have
 * no files of their own.
 */
export async function audioBeside(clips: readonly Pick<ClipRecord, 'path'>[], place: string): Promise<PageAudio> {
  const paths = clips.flatMap(({ path }) => path ?? []);
  const folder = relative(resolve(place), resolve(commonBegin(clips) || '.'));
  if (paths.length === 0 || isAbsolute(folder) || !(await areFiles(paths))) return { from: 'none' };
  const parts = folder.split(sep).filter((part) => part !== '');
  return {
    from: 'relative',
    base: `${(parts[0] === '..' ? parts : ['.', ...parts]).map(encodeURIComponent).join('/')}/`,
  };
}

async function areFiles(paths: readonly string[]): Promise<boolean> {
  const some = Array.from({ length: SAMPLES }, (_, i) => paths[Math.floor((i * (paths.length - 1)) / (SAMPLES - 1))]!);
  const found = await Promise.all(
    some.map((path) =>
      stat(path).then(
        (info) => info.isFile(),
        () => false,
      ),
    ),
  );
  return found.every(Boolean);
}
