import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClipGroups, type Matrix, readNpy, readNpyMatrix } from '@refrain/core';
import { outputOf } from './runChild.ts';

/** A line of clips.jsonl, as far as it is used here. */
export interface PrunedClip {
  readonly id: string;
  readonly labels: readonly string[];
  readonly groups?: ClipGroups;
  readonly reliability?: number;
}

/** What one run of `refrain prune` decided. */
export interface PrunedSet {
  readonly clips: readonly PrunedClip[];
  /** Ascending indices of `clips`. */
  readonly keep: Uint32Array;
  /** Removed clips that went for a kept one of another track, where both tracks are known. */
  readonly acrossTracks: number;
  /** Numbers and short strings by name, from metadata.json. */
  readonly decisions: Readonly<Record<string, number | string>>;
  /** One row per clip. */
  embeddings(): Promise<Matrix>;
}

/** A run that the command refused as asking for what cannot be, in its words. */
export interface Refusal {
  readonly refused: string;
}

const MAIN = fileURLToPath(new URL('../../../apps/runner/dist/main.js', import.meta.url));

/** The names of all registered pruners, in the order of `refrain plugins`. */
export async function strategyNames(): Promise<string[]> {
  const { stdout } = await outputOf(process.execPath, [MAIN, 'plugins', '--json']);
  const { components } = JSON.parse(stdout) as {
    readonly components: readonly { readonly kind: string; readonly name: string }[];
  };
  return components.filter(({ kind }) => kind === 'pruner').map(({ name }) => name);
}

/**
 * Runs `refrain prune` as built, with the output in `output`, which is overwritten. Throws when it fails for another reason than its options
 * (exit status 2).
 */
export async function pruneTo(output: string, parameters: readonly string[]): Promise<PrunedSet | Refusal> {
  await rm(output, { recursive: true, force: true });
  try {
    await outputOf(process.execPath, [
      MAIN,
      'prune',
      '--quiet',
      '--json',
      '--report',
      'off',
      ...parameters,
      '--output',
      output,
    ]);
  } catch (error) {
    const refused = refusalIn((error as Error).message);
    if (refused === undefined) throw error;
    return { refused };
  }
  const clips = await jsonLines<PrunedClip>(join(output, 'clips.jsonl'));
  const removed = await jsonLines<{ id: string; partner_id: string }>(join(output, 'removed.jsonl'));
  const kept = await readNpy(join(output, 'indices_to_keep.npy'));
  const metadata = JSON.parse(await readFile(join(output, 'metadata.json'), 'utf8'));
  return {
    clips,
    keep: Uint32Array.from(kept.data as BigInt64Array, Number),
    acrossTracks: acrossTracks(clips, removed),
    decisions: metadata.decisions,
    embeddings: () => readNpyMatrix(join(output, 'embeddings.npy')),
  };
}

/** What the command said, where its exit status was that of wrong options; undefined for every other failure. */
export function refusalIn(message: string): string | undefined {
  return /^It ended with exit status 2: (?:error: )?(.*)$/s.exec(message)?.[1];
}

/** How many removed clips have a partner of another track; clips whose track is not known do not count. */
export function acrossTracks(
  clips: readonly PrunedClip[],
  removed: readonly { readonly id: string; readonly partner_id: string }[],
): number {
  const trackOf = new Map(clips.map(({ id, groups }) => [id, groups?.track]));
  return removed.filter(({ id, partner_id }) => {
    const [own, other] = [trackOf.get(id), trackOf.get(partner_id)];
    return own !== undefined && other !== undefined && own !== other;
  }).length;
}

/** The records of a file of JSON lines. */
export async function jsonLines<T>(path: string): Promise<T[]> {
  const text = await readFile(path, 'utf8');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as T]));
}
