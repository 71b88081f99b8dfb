import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClipGroups, type Matrix, type Random, readNpyMatrix } from '@refrain/core';
import { outputOf } from './runChild.ts';
import { jsonLines } from './strategyRuns.ts';

const MAIN = fileURLToPath(new URL('../../../apps/runner/dist/main.js', import.meta.url));

/** A clip with the encoder's numbers of its segments, in memory. */
export interface EmbeddedClip {
  readonly clip: { readonly id: string };
  readonly segments: { readonly rows: number; readonly cols: number; read(): Matrix };
  readonly groups: ClipGroups;
  readonly labels: readonly string[];
  /** What it was released on, where somebody said so. */
  readonly album?: string;
}

/** The pipeline's space, as built. */
interface SpaceModule {
  trainSpace(
    clips: readonly EmbeddedClip[],
    options: { readonly pooling: 'mean'; readonly space: string },
    random: Random,
  ): Promise<{ readonly embeddings: Matrix; readonly reliability: Float64Array | undefined }>;
}

/** The space of clips, fitted on all of them. */
export async function spaceOf(clips: readonly EmbeddedClip[], space: string, random: Random) {
  const url = new URL('../../../packages/pipeline/dist/space/space.js', import.meta.url).href;
  const { trainSpace } = (await import(url)) as SpaceModule;
  return trainSpace(clips, { pooling: 'mean', space }, random);
}

/** Embeds a corpus by `refrain embed`, with the user's cache, and reads what it wrote: the clips of all splits, by id. */
export async function embeddedClips(parameters: readonly string[]): Promise<EmbeddedClip[]> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  try {
    const output = join(folder, 'embedded');
    const save = ['--save', 'segments', '--output', output];
    await outputOf(process.execPath, [MAIN, 'embed', '--quiet', ...parameters, ...save]);
    return await readClips(output);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readClips(folder: string): Promise<EmbeddedClip[]> {
  const records = await jsonLines<{ id: string; groups?: ClipGroups; labels?: string[] }>(join(folder, 'clips.jsonl'));
  const recordOf = new Map(records.map((record) => [record.id, record]));
  const places = await jsonLines<{ id: string; start: number; segments: number }>(
    join(folder, 'segments', 'clips.jsonl'),
  );
  const { data, cols } = await readNpyMatrix(join(folder, 'segments', 'embeddings.npy'));
  return places
    .map(({ id, start, segments: rows }) => ({
      clip: { id },
      segments: {
        rows,
        cols,
        read: () => ({ data: data.subarray(start * cols, (start + rows) * cols), rows, cols }),
      },
      groups: recordOf.get(id)?.groups ?? {},
      labels: recordOf.get(id)?.labels ?? [],
    }))
    .sort((a, b) => (a.clip.id < b.clip.id ? -1 : 1));
}
