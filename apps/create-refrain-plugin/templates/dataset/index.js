/** @import { Dataset, Decoder, Split } from '@refrain/core' */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, defineComponent, definePlugin, z } from '@refrain/core';

const COLUMNS = 'file,split,label,track';
/** @type {readonly Split[]} */
const SPLITS = ['train', 'valid', 'test'];

/**
 * A folder with audio files and an index.csv of them.
 * @param {string} folder
 * @param {Pick<Decoder, 'decode' | 'stream'>} decoder
 * @returns {Promise<Dataset>}
 */
export async function openDataset(folder, decoder) {
  const rows = await readRows(join(folder, 'index.csv'));
  const classes = [...new Set(rows.map(({ label }) => label))].sort();
  const { stream } = decoder;
  return {
    name: 'my-dataset',
    task: 'single-label',
    classes,
    // An id is the same on every machine, and the order of clips does not depend on it.
    clips: rows.map(({ file, split, label, track }) => ({
      id: file,
      path: join(folder, file),
      split,
      labels: [classes.indexOf(label)],
      groups: { track },
    })),
    readAudio: (clip, options) => decoder.decode(clip.path, options),
    ...(stream && { streamAudio: (clip, options) => stream.call(decoder, clip.path, options) }),
  };
}

/** @param {string} path */
async function readRows(path) {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new DataError(path, `${path} cannot be read: give the folder that holds it.`, { cause });
  });
  const [header, ...lines] = text.trimEnd().split(/\r?\n/);
  if (header !== COLUMNS) throw new DataError(path, `${path}: expected the columns ${COLUMNS}, found ${header}.`);
  return lines.map((line, i) => {
    const [file = '', name, label = '', track] = line.split(',');
    const split = SPLITS.find((one) => one === name);
    if (track === undefined || split === undefined)
      throw new DataError(path, `${path}, line ${i + 2}: expected ${COLUMNS}, found "${line}".`);
    return { file, split, label, track };
  });
}

const component = defineComponent({
  name: 'my-dataset',
  description: `audio files with an index.csv: ${COLUMNS}`,
  options: z.object({ dir: z.string({ error: 'give the folder' }).describe('folder with index.csv and audio') }),
  inject: ['decoder'],
  create: ({ dir }, decoder) => openDataset(dir, decoder),
});

export default definePlugin({ dataset: [component] });
