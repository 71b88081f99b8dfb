import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Clip, Dataset } from '@refrain/core';
import { type ClipRecord, commonFolder } from '@refrain/pruned-dataset';
import { datasetOf } from '../calls/audioMeans.ts';
import type { Run } from '../run.ts';
import type { ClipSources } from '../serve/clipAudio.ts';
import { isWithoutDataset } from '../settings.ts';

/** The clips of a folder in the dataset that it was made from. */
export interface PageClips {
  readonly dataset: Dataset;
  /** By their places in the folder; undefined for what the dataset has no more. */
  readonly clips: readonly (Clip | undefined)[];
  /** As they are served, or put into a page. */
  readonly sources: ClipSources;
}

/**
 * The clips of a pruned dataset folder where the options of the run name its dataset. Undefined where there is none, as for own embeddings, or
 * none of its audio. Throws what opening the dataset throws.
 */
export async function pageClips(run: Run, records: readonly Pick<ClipRecord, 'id'>[]): Promise<PageClips | undefined> {
  const { assembly, settings } = run;
  if (isWithoutDataset(settings)) return undefined;
  const dataset = await datasetOf(assembly, settings);
  if (dataset.missingAudio !== undefined) return undefined;
  const byId = new Map(dataset.clips.map((clip) => [clip.id, clip]));
  const clips = records.map(({ id }) => byId.get(id));
  const decoder = await assembly.get('decoder');
  const { dir } = assembly.resolved.dataset?.[0]?.options ?? {};
  const { readBytes } = dataset;
  const sources: ClipSources = {
    root:
      typeof dir === 'string'
        ? folderOf(dir)
        : commonFolder(clips.flatMap((clip) => (clip === undefined ? [] : [resolve(clip.path)]))),
    paths: clips.map((clip) => clip?.path),
    // A piece is found in the whole file by who plays it.
    decode: (place, options) =>
      readBytes === undefined ? decoder.decode(clips[place]!.path, options) : dataset.readAudio(clips[place]!, options),
    ...(readBytes && { bytes: (place: number) => readBytes.call(dataset, clips[place]!) }),
  };
  return { dataset, clips, sources };
}

/** The folder of a dataset, of which `dir` may be a file that lists the clips. */
const folderOf = (dir: string) => (statSync(dir).isDirectory() ? dir : dirname(dir));
