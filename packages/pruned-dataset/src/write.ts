import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Matrix, takeRows, writeFileAtomic, writeNpyIntegers, writeNpyRows } from '@refrain/core';
import { makeFolder } from './folder.ts';
import { fileHash, rowHash } from './hashes.ts';
import { writeJsonLines } from './lines.ts';
import { manifestBytes } from './manifest.ts';
import {
  type BadClip,
  CLIP_RECORD,
  type ClipRecord,
  FILES,
  FORMAT,
  fitting,
  METADATA,
  type Metadata,
  type RemovedRecord,
} from './schemas.ts';
import { type FittedSpace, writeSpace } from './space.ts';

/** What goes into a pruned dataset folder; index i means clip i of `clips`, in whatever order they are: `position` says where each is written. */
export interface FolderContent {
  readonly clips: readonly Omit<ClipRecord, 'embedding_hash'>[];
  readonly embeddings: Matrix;
  readonly labels: ArrayLike<number>;
  readonly probabilities: ArrayLike<number>;
  readonly keep: ArrayLike<number>;
  readonly removed: readonly RemovedRecord[];
  readonly bad: readonly BadClip[];
  /** The text of overrides.jsonl; absent where there were none. */
  readonly overrides?: string;
  /** The text of thresholds.tsv; absent where the strategy has no θ. */
  readonly thresholds?: string;
  /** The text of sweep.tsv: what other values of an option would keep; absent where the strategy cannot say. */
  readonly sweep?: string;
  /** Clips × 2: the map of the page. Absent where there is none. */
  readonly projection?: Matrix;
  /** The command line that made the folder; absent where a library call did. */
  readonly command?: string;
  /** Absent where features were taken as they are. */
  readonly space?: FittedSpace;
  readonly metadata: Omit<Metadata, 'format' | 'files'>;
}

/** How a folder is written. */
export interface WritingOptions {
  /** Whether the table of other thresholds is written too. */
  readonly thresholds?: boolean;
  /** Adds to the folder before it gets its name. */
  readonly extend?: (folder: string) => Promise<void>;
}

/**
 * Writes a pruned dataset folder. It is filled beside its place, and gets its name when it is whole; if anything fails, nothing is left. Returns its
 * absolute path. Throws a DataError that names the field where the content is none that could be read again.
 */
export function writeFolder(
  path: string,
  content: FolderContent,
  { thresholds = false, extend = async () => {} }: WritingOptions = {},
): Promise<string> {
  return makeFolder(path, async (draft, target) => {
    const { thresholds: table, embeddings, ...rest } = content;
    const order = datasetOrder(content.clips);
    const files = thresholds && table !== undefined ? { ...rest, thresholds: table } : rest;
    await fill(draft, target, inOrder(files, order), { matrix: embeddings, order });
    await extend(draft);
  });
}

/** The content as the files have it: clips by their positions, removals by those of their clips. */
export function inDatasetOrder({ embeddings, ...others }: FolderContent): FolderContent {
  const order = datasetOrder(others.clips);
  return { ...inOrder(others, order), embeddings: takeRows(embeddings, order) };
}

function datasetOrder(clips: FolderContent['clips']): Uint32Array {
  return Uint32Array.from(clips.keys()).sort((a, b) => clips[a]!.position - clips[b]!.position);
}

type WithoutRows = Omit<FolderContent, 'embeddings'>;

function inOrder(content: WithoutRows, order: Uint32Array): WithoutRows {
  const { clips, labels, probabilities, removed } = content;
  const positionOf = new Map(clips.map(({ id, position }) => [id, position]));
  return {
    ...content,
    clips: Array.from(order, (index) => clips[index]!),
    ...(content.projection && { projection: takeRows(content.projection, order) }),
    labels: Array.from(order, (index) => labels[index]!),
    probabilities: Array.from(order, (index) => probabilities[index]!),
    keep: Array.from(content.keep, (index) => clips[index]!.position).sort((a, b) => a - b),
    removed: [...removed].sort((a, b) => positionOf.get(a.id)! - positionOf.get(b.id)!),
  };
}

/** Rows of a matrix in another order, which are copied only as they are written. */
interface OrderedRows {
  readonly matrix: Matrix;
  readonly order: Uint32Array;
}

const ROWS_AT_ONCE = 1024;

function* blocksOf({ matrix, order }: OrderedRows): Generator<Matrix> {
  for (let start = 0; start < order.length; start += ROWS_AT_ONCE)
    yield takeRows(matrix, order.subarray(start, start + ROWS_AT_ONCE));
}

/** The records of the clips, made one after the other, when they are written. */
function* clipRecords(clips: WithoutRows['clips'], { matrix, order }: OrderedRows): Generator<ClipRecord> {
  for (const [i, clip] of clips.entries()) {
    const record = { ...clip, embedding_hash: rowHash(matrix, order[i]!) };
    yield fitting(CLIP_RECORD, record, FILES.clips, `, clip ${clip.id}`);
  }
}

/** Writes all files; `content` is in the order of the dataset. */
async function fill(draft: string, target: string, content: WithoutRows, rows: OrderedRows): Promise<void> {
  const at = (name: string) => join(draft, name);
  const { clips } = content;
  const kept = new Set(Array.from(content.keep));
  await writeNpyIntegers(at(FILES.indices), content.keep);
  await writeNpyIntegers(at(FILES.labels), content.labels);
  await writeNpyRows(at(FILES.embeddings), rows.matrix.cols, blocksOf(rows));
  await writeJsonLines(at(FILES.clips), clipRecords(clips, rows));
  await writeJsonLines(at(FILES.removed), content.removed);
  await writeJsonLines(at(FILES.bad), content.bad);
  if (content.overrides !== undefined) await writeFile(at(FILES.overrides), content.overrides);
  if (content.thresholds !== undefined) await writeFile(at(FILES.thresholds), content.thresholds);
  if (content.sweep !== undefined) await writeFile(at(FILES.sweep), content.sweep);
  if (content.projection !== undefined) await writeNpyRows(at(FILES.projection), 2, [content.projection]);
  if (content.command !== undefined) await writeFile(at(FILES.command), `${content.command}\n`);
  if (content.space !== undefined) await writeSpace(draft, content.space);
  const columns = {
    labels: content.labels,
    probabilities: content.probabilities,
    kept: clips.map((_, i) => kept.has(i)),
  };
  await writeFile(at(FILES.manifest), await manifestBytes(clips, content.removed, columns));
  await writeFile(at(FILES.path), target);
  const written = (await readdir(draft)).sort();
  const files = Object.fromEntries(
    await Promise.all(written.map(async (name) => [name, await fileHash(at(name))] as const)),
  );
  const metadata = fitting(METADATA, { format: FORMAT, ...content.metadata, files }, FILES.metadata);
  await writeFileAtomic(at(FILES.metadata), metadataText(metadata));
}

/** The text of metadata.json: indented, with each list of numbers on a line of its own. No string of JSON holds a line break, so none is touched. */
function metadataText(metadata: Metadata): string {
  const text = JSON.stringify(metadata, null, 2);
  return `${text.replace(/\[\n\s+([-+\d.e,\s]+?)\n\s*\]/g, (_, numbers: string) => `[${numbers.replace(/\s+/g, ' ')}]`)}\n`;
}
