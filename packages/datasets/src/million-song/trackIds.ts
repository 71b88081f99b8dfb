import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readPickledDictionary } from '@refrain/checkpoints';
import { ConfigError, messageOf, quoted, readTextFile, refusal } from '@refrain/core';
import { parsePairs } from '../annotations.ts';

/** The 7digital ids of tracks of the Million Song Dataset. */
export interface TrackIds {
  /** By MSD id. */
  readonly ids: ReadonlyMap<string, string>;
  /** The name of the file they come from. */
  readonly file: string;
}

const NAME = 'MSD_id_to_7D_id';
const READERS: readonly (readonly [extension: string, read: (path: string) => Promise<Map<string, string>>])[] = [
  ['.tsv', async (path) => parsePairs(await readTextFile(path), path, '7digital id')],
  ['.json', readJson],
  ['.pkl', readPickledDictionary],
];

/**
 * Reads `MSD_id_to_7D_id.tsv` (`MSD id <tab> 7digital id`), `.json` (one object) or `.pkl` (a pickled dict, which is parsed, never run), the
 * first of them that is in the folder. Throws a ConfigError that says where to get it, a DataError for what is malformed.
 */
export async function readTrackIds(folder: string): Promise<TrackIds> {
  for (const [extension, read] of READERS) {
    const file = `${NAME}${extension}`;
    const path = join(folder, file);
    if (existsSync(path)) return { ids: checked(await read(path), path), file };
  }
  throw new ConfigError(
    'dataset.dir',
    `dataset.dir: ${folder} has no ${NAME}.pkl, nor a .json or .tsv of that name: it tells where the audio of a track is. ` +
      'The .pkl comes from jongpillee/music_dataset_split, folder MSD_split.',
  );
}

/** Where the preview of a 7digital id is, below the folder of the audio: `1/2/1234567.clip.mp3`. */
export function previewPath(id: string): string {
  return `${id[0]}/${id[1]}/${id}.clip.mp3`;
}

async function readJson(path: string): Promise<Map<string, string>> {
  try {
    const object: unknown = JSON.parse(await readTextFile(path));
    if (typeof object !== 'object' || object === null || Array.isArray(object)) throw new Error('it is no object');
    return new Map(Object.entries(object).map(([key, value]) => [key, String(value)]));
  } catch (cause) {
    throw refusal(path, `expected {"MSD id": "7digital id", …}: ${messageOf(cause)}.`, cause);
  }
}

// The id becomes a path, so it must be nothing but digits.
function checked(ids: Map<string, string>, path: string): Map<string, string> {
  for (const [track, id] of ids) {
    if (/^\d{2,}$/.test(id)) continue;
    throw refusal(path, `expected digits as the 7digital id of ${quoted(track)}, found ${quoted(id)}.`);
  }
  return ids;
}
