import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { DataError } from '@refrain/core';
import { fileHash } from '../hashes.ts';
import { readJsonLines } from '../lines.ts';
import { type ManifestColumn, manifestColumns } from '../manifest.ts';
import type { PrunedFolder } from '../records.ts';
import { FILES } from '../records.ts';
import { BAD_CLIP } from '../schemas.ts';

/**
 * Checks the files that the certificate itself does not hang on: that manifest.parquet says what the others say, that no clip of the train list
 * counts as unreadable, and that every file has the hash that metadata.json gives. Gives the first thing that does not hold.
 */
export async function checkFiles(folder: PrunedFolder, signal?: AbortSignal): Promise<string | undefined> {
  return (await checkBad(folder)) ?? (await checkManifest(folder, signal)) ?? (await checkHashes(folder));
}

/** Files in the folder that nothing covers: they are not from the run, made later, or from a run that wrote no hash of them. Ascending. */
export async function uncoveredFiles({ path, metadata }: PrunedFolder): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(path, join(entry.parentPath, entry.name)))
    .filter((name) => name !== FILES.metadata && !(name in metadata.files))
    .sort();
}

async function checkHashes({ path, metadata }: PrunedFolder): Promise<string | undefined> {
  for (const [name, expected] of Object.entries(metadata.files)) {
    if (basename(name) !== name) return `${FILES.metadata} names "${name}", which is no file of the folder`;
    const found = await fileHash(join(path, name)).catch((cause: unknown) => {
      throw new DataError(join(path, name), `${join(path, name)} is missing.`, { cause });
    });
    if (found !== expected) return `${name} is not the file that was written (its SHA-256 differs)`;
  }
  return undefined;
}

async function checkBad({ path, clips }: PrunedFolder): Promise<string | undefined> {
  const ids = new Set(clips.map(({ id }) => id));
  const both = (await readJsonLines(join(path, FILES.bad), BAD_CLIP)).find(({ id }) => ids.has(id));
  return both && `clip ${both.id}: ${FILES.bad} says that it cannot be read, but it is in ${FILES.clips}`;
}

async function checkManifest(folder: PrunedFolder, signal: AbortSignal | undefined): Promise<string | undefined> {
  const { withParquet } = await import('@refrain/parquet');
  const { path, clips, removed, labels, keep } = folder;
  const file = join(path, FILES.manifest);
  const kept = new Set(keep);
  // How sure a clip belongs to its cluster is said here alone, and only its range is known.
  const probabilities = new Float32Array(clips.length);
  const expected = manifestColumns(clips, removed, { labels, probabilities, kept: clips.map((_, i) => kept.has(i)) });
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
