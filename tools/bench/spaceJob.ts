import { type Matrix, openNpyRows, type Random, seededRandom, writeNpyRows, zeros } from '@refrain/core';
import type { Facts, Prepared, SpaceJob } from './job.ts';

/** So many clips are made at a time. */
const MADE_AT_ONCE = 64;
/** Directions in which clips differ, and in which segments differ within clips. */
const DIRECTIONS = 16;

/** What the pipeline's space is fitted on. */
interface SegmentSource {
  readonly clips: number;
  readonly dim: number;
  read(clip: number): Promise<Matrix>;
}

interface FittedSpace {
  readonly whitening?: { readonly shrinkage: number; readonly effectiveRank: number; readonly segments: number };
}

interface FitModule {
  fitSpace(source: SegmentSource, kind: 'whitened'): Promise<FittedSpace>;
}

interface PlaceModule {
  placeSegments(source: SegmentSource, fitted: FittedSpace, take: (segments: Matrix) => void): Promise<void>;
}

/** Makes a job of the benchmark of spaces ready. */
export async function prepareSpace(job: SpaceJob): Promise<Prepared> {
  if (job.kind === 'segments') return async () => makeSegments(job);
  const built = (file: string) =>
    import(new URL(`../../../packages/pipeline/dist/space/${file}.js`, import.meta.url).href);
  const { fitSpace } = (await built('fitSpace')) as FitModule;
  const { placeSegments } = (await built('placeSegments')) as PlaceModule;
  const rows = await openNpyRows(job.file);
  const source = {
    clips: job.clips,
    dim: job.cols,
    read: (clip: number) => rows.read(clip * job.perClip, job.perClip),
  };
  return async () => {
    const fitted = await fitSpace(source, 'whitened');
    let placed = 0;
    if (job.kind === 'placed-segments')
      await placeSegments(source, fitted, (segments) => {
        placed += segments.rows;
      });
    const { shrinkage = Number.NaN, effectiveRank = Number.NaN, segments = 0 } = fitted.whitening ?? {};
    return { shrinkage, effectiveRank, segments, placed };
  };
}

/** Clips that differ, and segments that differ within them, along few directions each, with some noise in all. */
async function makeSegments({ file, clips, perClip, cols, seed }: SpaceJob): Promise<Facts> {
  const random = seededRandom(seed);
  const directions = [uniform(random, DIRECTIONS * cols), uniform(random, DIRECTIONS * cols)] as const;
  await writeNpyRows(file, cols, blocks());
  return { rows: clips * perClip };

  function* blocks(): Generator<Matrix> {
    for (let clip = 0; clip < clips; clip += MADE_AT_ONCE) {
      const count = Math.min(MADE_AT_ONCE, clips - clip);
      const block = zeros(count * perClip, cols);
      for (let row = 0; row < block.rows; row++) {
        const start = row * cols;
        const own = seededRandom(`${seed} ${clip + Math.floor(row / perClip)}`);
        for (let k = 0; k < cols; k++) block.data[start + k] = 0.2 * (random.uniform() - 0.5);
        for (const [from, some] of [own, random].entries()) {
          // Two of the directions, with any weight.
          for (let times = 0; times < 2; times++) {
            const at = some.integer(DIRECTIONS) * cols;
            const weight = some.uniform() - 0.5;
            for (let k = 0; k < cols; k++) block.data[start + k]! += weight * directions[from]![at + k]!;
          }
        }
      }
      yield block;
    }
  }
}

function uniform(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.uniform() - 0.5);
}
