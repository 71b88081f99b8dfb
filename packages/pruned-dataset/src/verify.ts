import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { type NpyRows, openNpyRows } from '@refrain/core';
import { type MeasureCosines, measureCosines } from '@refrain/core/pruning';
import { checkConstraints } from './certificate/checkConstraints.ts';
import { checkRemovals } from './certificate/checkRemovals.ts';
import { checkScores } from './certificate/checkScores.ts';
import { everyBlock } from './certificate/similarities.ts';
import { rowHash } from './hashes.ts';
import { type ManifestColumn, manifestColumns } from './manifest.ts';
import { checkHashes, checkPartition, disagreement, type PrunedFolder } from './read.ts';
import { FILES } from './schemas.ts';

/** What a verification found. */
export interface Verification {
  readonly clips: number;
  readonly kept: number;
  readonly removed: number;
  /** The first thing that does not hold, naming the clip; undefined when all holds. */
  readonly failure: string | undefined;
  /** Files of the folder that nothing was checked of. */
  readonly uncovered: readonly string[];
}

/**
 * Recomputes the certificate of a pruned dataset folder from its embeddings: that kept and removed clips make up the train list, that
 * every removed clip has a kept partner in its cluster and group, that their similarity is what is claimed and reaches θ, and that
 * θ follows from the clips' reliability. The first clip that breaks it is named. The embeddings stay on the disk and are read in blocks.
 * All other files are compared with these, or with the hashes in metadata.json. That proves that the folder agrees with itself, not where it is from.
 * A kernel's own way to `measure` cosines takes a fifth of the time where clips are many.
 */
export async function verifyFolder(
  folder: PrunedFolder,
  signal?: AbortSignal,
  measure: MeasureCosines = measureCosines,
): Promise<Verification> {
  const embeddings = await openNpyRows(join(folder.path, FILES.embeddings));
  try {
    const counts = { clips: folder.clips.length, kept: folder.keep.length, removed: folder.removed.length };
    const failure =
      disagreement(folder, embeddings.rows) ??
      (await checkRows(folder, embeddings)) ??
      checkPartition(folder) ??
      checkConstraints(folder) ??
      (await checkScores(folder, embeddings, measure)) ??
      (await checkRemovals(folder, embeddings)) ??
      (await checkFiles(folder, signal));
    return { ...counts, failure, uncovered: await uncoveredFiles(folder) };
  } finally {
    await embeddings.close();
  }
}

/** Names the first clip whose row of embeddings.npy is not the one that its hash was taken of; undefined when there is none. */
async function checkRows({ clips }: PrunedFolder, embeddings: NpyRows): Promise<string | undefined> {
  for await (const { matrix, start } of everyBlock(embeddings)) {
    for (let i = 0; i < matrix.rows; i++) {
      const clip = clips[start + i]!;
      if (rowHash(matrix, i) !== clip.embedding_hash)
        return `clip ${clip.id}: its row ${start + i} of ${FILES.embeddings} is not the one that was written`;
    }
  }
  return undefined;
}

/**
 * Checks the files that the certificate itself does not hang on: that manifest.parquet says what the others say, that no clip of the train list
 * counts as unreadable, and that every file has the hash that metadata.json gives. Gives the first thing that does not hold.
 */
async function checkFiles(folder: PrunedFolder, signal?: AbortSignal): Promise<string | undefined> {
  const names = Object.keys(folder.metadata.files).filter((name) => name !== FILES.manifest);
  return (
    checkBad(folder) ??
    (await checkHashes(folder, names)) ??
    // Says what differs, where the hash could only say that something does.
    (await checkManifest(folder, signal)) ??
    (await checkHashes(folder, [FILES.manifest]))
  );
}

/** Files in the folder that nothing covers: they are not from the run, made later, or from a run that wrote no hash of them. Ascending. */
async function uncoveredFiles({ path, metadata }: PrunedFolder): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .filter((name) => name !== FILES.metadata && !Object.hasOwn(metadata.files, name))
    .sort();
}

function checkBad({ bad, clips }: PrunedFolder): string | undefined {
  const ids = new Set(clips.map(({ id }) => id));
  const both = bad.find(({ id }) => ids.has(id));
  return both && `clip ${both.id}: ${FILES.bad} says that it cannot be read, but it is in ${FILES.clips}`;
}

async function checkManifest(folder: PrunedFolder, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { withParquet } = await import('@refrain/parquet');
  const { path, clips, removed, labels, keep } = folder;
  const file = join(path, FILES.manifest);
  const kept = new Set(keep);
  // How sure a clip belongs to its cluster is said here alone, and only its range is known.
  const probabilities = new Float32Array(clips.length);
  const all = manifestColumns(clips, removed, { labels, probabilities, kept: clips.map((_, i) => kept.has(i)) });
  // Format 1 had no column of positions.
  const expected = folder.format === 1 ? all.filter(({ name }) => name !== 'position') : all;
  return withParquet(file, { source: file, signal }, async ({ columns, rowCount, read }) => {
    if (rowCount !== clips.length)
      return `${FILES.manifest} has ${rowCount} rows for ${clips.length} clips of ${FILES.clips}`;
    const names = expected.map(({ name }) => name);
    if (columns.join() !== names.join())
      return `${FILES.manifest} has the columns ${columns.join(', ')}, not ${names.join(', ')}`;
    const found = await read(names);
    const row = clips.findIndex((_, i) => expected.some((column, c) => !agrees(column, found[c]![i], i)));
    if (row < 0) return undefined;
    const column = expected.findIndex((one, c) => !agrees(one, found[c]![row], row));
    return `clip ${clips[row]!.id}: ${FILES.manifest} says ${names[column]} ${JSON.stringify(found[column]![row] ?? null)}, ${
      names[column] === 'probability'
        ? 'which is none'
        : `the other files say ${JSON.stringify(expected[column]!.data[row] ?? null)}`
    }`;
  });
}

function agrees({ name, data }: ManifestColumn, value: unknown, row: number): boolean {
  if (name === 'probability') return typeof value === 'number' && value >= 0 && value <= 1;
  return (value ?? null) === (data[row] ?? null);
}
