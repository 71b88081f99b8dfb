// #region read
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, defineComponent, definePlugin, z } from '@refrain/core';

const COLUMNS = 'filename,fold,target,category,esc10,src_file,take';

async function readRows(folder) {
  const path = join(folder, 'meta', 'esc50.csv');
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new DataError(path, `${path} cannot be read. Is --dataset-dir the folder of ESC-50?`, { cause });
  });
  const [header, ...lines] = text
    .replace(/^\uFEFF/, '')
    .trimEnd()
    .split(/\r?\n/);
  if (header !== COLUMNS) throw new DataError(path, `${path}: expected the columns ${COLUMNS}, found ${header}.`);
  return lines.map((line, i) => {
    const [filename, fold, , category, , source, take] = line.split(',');
    if (take === undefined) throw new DataError(path, `${path}, line ${i + 2}: expected 7 columns, found "${line}".`);
    return { filename, fold, category, source };
  });
}
// #endregion

// #region clips
const SPLITS = { 4: 'valid', 5: 'test' };

function clipsOf(rows, classes, folder) {
  return rows.map(({ filename, fold, category, source }) => ({
    id: filename,
    path: join(folder, 'audio', filename),
    split: SPLITS[fold] ?? 'train',
    labels: [classes.indexOf(category)],
    groups: { track: source },
  }));
}
// #endregion

// #region dataset
export async function openEsc50(folder, decoder) {
  const rows = await readRows(folder);
  const classes = [...new Set(rows.map(({ category }) => category))].sort();
  return {
    name: 'esc50',
    task: 'single-label',
    classes,
    clips: clipsOf(rows, classes, folder),
    readAudio: (clip, options) => decoder.decode(clip.path, options),
    ...(decoder.stream && { streamAudio: (clip, options) => decoder.stream(clip.path, options) }),
  };
}
// #endregion

// #region component
const esc50 = defineComponent({
  name: 'esc50',
  description: 'ESC-50: environmental sounds; fold 4 is valid, fold 5 test',
  options: z.object({
    dir: z.string({ error: 'give the folder with --dataset-dir' }).describe('folder with meta/ and audio/'),
  }),
  inject: ['decoder'],
  create: ({ dir }, decoder) => openEsc50(dir, decoder),
});

export default definePlugin({ dataset: [esc50] });
// #endregion
