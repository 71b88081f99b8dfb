import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clip, type Evaluation, writeNpy, writeNpyRows } from '@refrain/core';
import { FILES, writeJsonLines } from '@refrain/pruned-dataset';
import type { EmbeddedClip } from '../embed/embed.ts';

/** What an evaluator predicted for the test clips: `clips × classes`. */
export type Predictions = NonNullable<Evaluation['predictions']>;

/**
 * Writes what others need to compute the metrics of a test again, as a folder: `{set}.npy`, float64, seeds × clips × classes, for each of `sets`;
 * truth.npy, uint8, clips × classes, 1 where a clip has a class; clips.jsonl with id and groups of each clip; classes.json with their names.
 */
export async function writePredictions(
  folder: string,
  classes: readonly string[],
  clips: readonly (Pick<Clip, 'id' | 'labels'> & { readonly groups?: Clip['groups'] | undefined })[],
  sets: Readonly<Record<string, readonly Predictions[]>>,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const size = clips.length * classes.length;
  for (const [name, seeds] of Object.entries(sets)) {
    const data = new Float64Array(seeds.length * size);
    for (const [seed, predictions] of seeds.entries()) data.set(predictions.data, seed * size);
    const shape = [seeds.length, clips.length, classes.length];
    await writeNpy(join(folder, `${name}.npy`), { dtype: 'float64', shape, data });
  }
  const truth = new Uint8Array(size);
  for (const [row, { labels }] of clips.entries()) for (const label of labels) truth[row * classes.length + label] = 1;
  await writeNpy(join(folder, 'truth.npy'), { dtype: 'uint8', shape: [clips.length, classes.length], data: truth });
  await writeJsonLines(
    join(folder, FILES.clips),
    clips.map(({ id, groups }) => ({ id, ...groups })),
  );
  await writeFile(join(folder, 'classes.json'), `${JSON.stringify(classes)}\n`);
}

/**
 * Writes segment embeddings as the encoder gave them into a folder: embeddings.npy, float32, segments × dim, and clips.jsonl with id, split, the
 * first row and the number of rows of each clip.
 */
export async function writeSegments(folder: string, clips: readonly EmbeddedClip[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const dim = clips[0]?.segments.cols ?? 0;
  await writeNpyRows(
    join(folder, FILES.embeddings),
    dim,
    clips.map(({ segments }) => segments),
  );
  let start = 0;
  const lines = clips.map(({ clip: { id, split }, segments: { rows } }) => {
    const line = { id, split, start, segments: rows };
    start += rows;
    return line;
  });
  await writeJsonLines(join(folder, FILES.clips), lines);
}
