import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type Clip,
  type Evaluation,
  largest,
  type Matrix,
  writeFileAtomic,
  writeNpy,
  writeNpyRows,
} from '@refrain/core';
import { FILES, writeJsonLines } from '@refrain/pruned-dataset';
import { tabSeparated } from '../compare/report/delimited.ts';
import type { EmbeddedClip } from '../embed/embed.ts';
import { asFloat32 } from '../space/placeSegments.ts';
import type { SetResult } from './evaluate.ts';

/** The metrics that the seed's result files hold, in its order and spelling. */
const SEED_METRICS = ['PR-AUC', 'ROC-AUC', 'Accuracy'];

/** Where the heads of an evaluation come from. */
export interface HeadOrigin {
  /** Whether the head was loaded from a file; else it was trained on the kept clips. */
  readonly loaded: boolean;
  /** What the file of a trained head says about the features it was trained on. */
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Writes an evaluation folder: results.json with every value of every set, the seed's text file of the pruned set (which has another name
 * where the head was loaded), per_tag.tsv, and the head that was trained on the kept clips with the first seed as .safetensors.
 */
export async function writeEvaluation(
  folder: string,
  results: readonly SetResult[],
  classes: readonly string[],
  head: HeadOrigin,
): Promise<void> {
  await writeFileAtomic(join(folder, 'results.json'), `${JSON.stringify(results.map(resultRecord), undefined, 2)}\n`);
  const pruned = results.find((result) => result.name === 'pruned');
  const lines = SEED_METRICS.filter((name) => pruned?.metrics[name] !== undefined).map(
    (name) => `${name}: ${pruned!.metrics[name]!.mean}\n`,
  );
  const text = head.loaded ? 'pretrained_results.txt' : 'pruned_trained_results.txt';
  if (lines.length > 0) await writeFileAtomic(join(folder, text), lines.join(''));
  const perTag = perTagTable(results, classes);
  if (perTag !== undefined) await writeFileAtomic(join(folder, 'per_tag.tsv'), perTag);
  const { parameters, metrics = {} } =
    Object.values(pruned?.first ?? {}).find((one) => one.parameters !== undefined) ?? {};
  if (parameters !== undefined) {
    const seeds = largest(Object.keys(metrics).map((name) => pruned!.metrics[name]!.values.length));
    const metadata = { ...head.metadata, seed: `the first of ${seeds}` };
    await writeFileAtomic(join(folder, 'pruned_finetuner.safetensors'), safetensorsBytes(parameters, metadata));
  }
}

function resultRecord({ name, clips, metrics, differences, first }: SetResult): object {
  const details = Object.fromEntries(Object.entries(first).map(([evaluator, { details: own }]) => [evaluator, own]));
  return { set: name, clips, metrics, ...(differences && { differences }), details };
}

/** One line per class: of every set's first seed the train clips of the class and every per-class metric; `n/a` where undefined. */
function perTagTable(results: readonly SetResult[], classes: readonly string[]): string | undefined {
  const columns = results.flatMap(({ name, positives, first }) => [
    { title: `${name} positives`, cells: positives.map(String) },
    ...Object.values(first).flatMap(({ perClass = {} }) =>
      Object.entries(perClass).map(([metric, values]) => ({
        title: `${name} ${metric}`,
        cells: values.map((value) => (Number.isNaN(value) ? 'n/a' : value.toFixed(6))),
      })),
    ),
  ]);
  if (columns.length === results.length) return undefined;
  const header = ['tag', ...columns.map(({ title }) => title)];
  return tabSeparated([header, ...classes.map((tag, i) => [tag, ...columns.map(({ cells }) => cells[i]!)])]);
}

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
 * Writes segment embeddings as the encoder gave them, or as they came, into a folder: embeddings.npy, float32, segments × dim, and clips.jsonl with id, split, the
 * first row and the number of rows of each clip.
 */
export async function writeSegments(folder: string, clips: readonly EmbeddedClip[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const dim = clips[0]?.segments.cols ?? 0;
  await writeNpyRows(join(folder, FILES.embeddings), dim, segmentsOf(clips));
  let start = 0;
  const lines = clips.map(({ clip: { id, split }, segments: { rows } }) => {
    const line = { id, split, start, segments: rows };
    start += rows;
    return line;
  });
  await writeJsonLines(join(folder, FILES.clips), lines);
}

async function* segmentsOf(clips: readonly EmbeddedClip[]): AsyncGenerator<Matrix> {
  for (const { segments } of clips) yield asFloat32(await segments.read());
}

/**
 * The bytes of a .safetensors file of float32 tensors, row-major (github.com/huggingface/safetensors, format section): header length, JSON header, then the data.
 * `metadata` is what the file says of itself, under `__metadata__`.
 */
export function safetensorsBytes(
  tensors: NonNullable<Evaluation['parameters']>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  let offset = 0;
  const header: Record<string, object> = metadata === undefined ? {} : { __metadata__: metadata };
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = JSON.stringify(header);
  // The format wants the data aligned to eight bytes, and spaces may follow the header's JSON.
  const json = Buffer.from(text + ' '.repeat(-Buffer.byteLength(text) & 7));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const data = Object.values(tensors).map(
    (tensor) => new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength),
  );
  return new Uint8Array(Buffer.concat([length, json, ...data]));
}
