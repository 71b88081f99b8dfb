import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, readNpy } from '@refrain/core';
import { checkHashes, type PrunedFolder } from '../read.ts';
import { ARRAYS, FILES } from '../schemas.ts';
import type { Projection } from './clipColumns.ts';
import type { PruningPage, SweepPoint } from './pageData.ts';

// Files that only the page is made from: folders from before there was one, and those of `report` off, have none.

/** The text of one; undefined where there is none. Throws a DataError where it is not the one that was written. */
async function textOf(folder: PrunedFolder, name: string): Promise<string | undefined> {
  const path = join(folder.path, name);
  await refuseOther(folder, name);
  return readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return undefined;
    throw new DataError(path, `${path} cannot be read (${cause.message}).`, { cause });
  });
}

async function refuseOther(folder: PrunedFolder, name: string): Promise<void> {
  const why = await checkHashes(folder, [name]);
  if (why !== undefined) throw new DataError(join(folder.path, name), `${folder.path}: ${why}.`);
}

/** The command line that made a folder; undefined where it does not say. */
export async function readCommand(folder: PrunedFolder): Promise<string | undefined> {
  return (await textOf(folder, FILES.command))?.trimEnd();
}

/** The points of projection.npy; undefined where there is none. Throws a DataError where they are none of the clips. */
export async function readProjection(folder: PrunedFolder): Promise<Projection | undefined> {
  const path = join(folder.path, FILES.projection);
  await refuseOther(folder, FILES.projection);
  const found = await readNpy(path).catch((error: unknown) => {
    if (isMissing(error)) return undefined;
    throw error;
  });
  if (found === undefined) return undefined;
  const { dtype, shape, data } = found;
  const isOfClips = dtype === ARRAYS[FILES.projection].dtype && shape.join() === `${folder.clips.length},2`;
  if (isOfClips && (data as Float32Array).every(Number.isFinite)) return data as Float32Array;
  throw new DataError(
    path,
    `${path}: expected finite float32 of ${folder.clips.length} × 2, found ${dtype} (${shape.join(', ')}). Remove it, and the next page has a new one.`,
  );
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
}

/** What sweep.tsv says, as the page has it; nothing where there is none. */
export async function readSweeps(folder: PrunedFolder): Promise<Pick<PruningPage, 'overT' | 'overTheta'>> {
  const text = await textOf(folder, FILES.sweep);
  if (text === undefined) return {};
  const points = text
    .split('\n')
    .slice(1)
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  const of = (option: string) => points.filter(([name]) => name === option).map((cells) => pointOf(cells, folder));
  const [overT, overTheta] = [of('t'), of('theta')];
  return { ...(overT.length > 0 && { overT }), ...(overTheta.length > 0 && { overTheta }) };
}

/** Columns of sweep.tsv. */
const SWEEP_COLUMNS = [
  'option',
  'value',
  'kept',
  'worst_partner_similarity',
  'worst_partner_score',
  'labels_lost',
  'tracks_lost',
  'jsd',
  'jsd_before',
  'taken',
];

/** The text of sweep.tsv. */
export function sweepText(sweeps: Pick<PruningPage, 'overT' | 'overTheta'>): string {
  const lines = Object.entries({ t: sweeps.overT, theta: sweeps.overTheta }).flatMap(([option, points = []]) =>
    points.map((point) => [
      ...[option, point.value, point.kept, point.worstSimilarity, point.worstZ],
      ...[point.labelsLost, point.tracksLost, point.jsd, point.jsdBefore, point.isTaken ? 'yes' : 'no'],
    ]),
  );
  return [SWEEP_COLUMNS, ...lines].map((cells) => `${cells.map((cell) => cell ?? 'n/a').join('\t')}\n`).join('');
}

function pointOf(cells: readonly string[], { path }: PrunedFolder): SweepPoint {
  const [value, kept, worstSimilarity, worstZ, labelsLost, tracksLost, jsd, jsdBefore] = cells
    .slice(1, 9)
    .map((cell) => (cell === 'n/a' ? null : Number(cell)));
  const needed = [value, kept, labelsLost];
  const all = [...needed, worstSimilarity, worstZ, tracksLost, jsd, jsdBefore];
  if (
    cells.length !== SWEEP_COLUMNS.length ||
    needed.includes(null) ||
    all.some((one) => one !== null && !Number.isFinite(one))
  ) {
    const file = join(path, FILES.sweep);
    throw new DataError(
      file,
      `${file}: expected lines of ${SWEEP_COLUMNS.join(', ')}; found "${cells.join(' ').slice(0, 80)}".`,
    );
  }
  return {
    value: value!,
    kept: kept!,
    worstSimilarity: worstSimilarity!,
    worstZ: worstZ!,
    labelsLost: labelsLost!,
    tracksLost: tracksLost!,
    jsd: jsd!,
    jsdBefore: jsdBefore!,
    isTaken: cells[9] === 'yes',
  };
}
