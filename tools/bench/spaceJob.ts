import { type Matrix, type Random, seededRandom, writeNpyIntegers, writeNpyRows, zeros } from '@refrain/core';
import type { Prepared, SegmentsJob, SpaceJob } from './job.ts';

/** Directions in which clips differ, and in which segments differ within clips. */
const DIRECTIONS = 16;
/** How many random numbers are drawn for all noise. */
const NOISE = 2 ** 20;

/** What the pipeline's space is made of. */
interface SpaceClip {
  readonly clip: { readonly id: string };
  readonly segments: { readonly rows: number; readonly cols: number; read(): Matrix };
}

interface FitModule {
  fitSpace(
    source: { readonly clips: number; readonly dim: number; read(clip: number): Matrix },
    kind: 'whitened',
  ): Promise<unknown>;
}

interface SpaceModule {
  trainSpace(
    clips: readonly SpaceClip[],
    options: { readonly pooling: 'mean'; readonly space: 'whitened' },
    random: Random,
  ): Promise<unknown>;
}

/** Makes a job of the benchmark of spaces ready. */
export async function prepareSpace(job: SpaceJob): Promise<Prepared> {
  const built = (file: string) =>
    import(new URL(`../../../packages/pipeline/dist/space/${file}.js`, import.meta.url).href);
  const { fitSpace } = (await built('fitSpace')) as FitModule;
  const { trainSpace } = (await built('space')) as SpaceModule;
  const read = segmentsOf(job);
  const { clips, perClip: rows, cols } = job;
  switch (job.kind) {
    case 'made-segments':
      return async () => {
        for (let clip = 0; clip < clips; clip++) read(clip);
        return {};
      };
    case 'fitted-space':
      return async () => {
        await fitSpace({ clips, dim: cols, read }, 'whitened');
        return {};
      };
    case 'train-space':
      return async () => {
        const listed = Array.from({ length: clips }, (_, clip) => ({
          clip: { id: String(clip).padStart(9, '0') },
          segments: { rows, cols, read: () => read(clip) },
        }));
        const options = { pooling: 'mean', space: 'whitened' } as const;
        await trainSpace(listed, options, seededRandom(job.seed));
        return {};
      };
  }
}

/** Writes the segments of all clips into a file, one clip at a time. */
export async function prepareSegments(job: SegmentsJob): Promise<Prepared> {
  const read = segmentsOf(job);
  const { clips, perClip, cols, points, segmentStarts } = job;
  return async () => {
    const blocks = function* () {
      for (let clip = 0; clip < clips; clip++) yield read(clip);
    };
    await writeNpyRows(points, cols, blocks());
    await writeNpyIntegers(
      segmentStarts,
      Array.from({ length: clips }, (_, clip) => clip * perClip),
    );
    return {};
  };
}

/** Clips that differ, and segments that differ within them, along few directions each, with some noise in all: each is made when it is read. */
function segmentsOf({ perClip, cols, seed }: Omit<SpaceJob, 'kind'>): (clip: number) => Matrix {
  const random = seededRandom(seed);
  const [between, within] = [uniform(random, DIRECTIONS * cols), uniform(random, DIRECTIONS * cols)];
  const noise = uniform(random, NOISE);
  return (clip) => {
    const own = seededRandom(`${seed} ${clip}`);
    const centre = new Float32Array(cols);
    for (let times = 0; times < 2; times++) addTo(centre, between, own.integer(DIRECTIONS) * cols, own.uniform() - 0.5);
    const segments = zeros(perClip, cols);
    for (let at = 0; at < segments.data.length; at += cols) {
      segments.data.set(centre, at);
      addTo(segments.data.subarray(at, at + cols), noise, own.integer(NOISE - cols), 0.2);
      for (let times = 0; times < 2; times++)
        addTo(segments.data.subarray(at, at + cols), within, own.integer(DIRECTIONS) * cols, own.uniform() - 0.5);
    }
    return segments;
  };
}

/** Adds numbers, from one of them on, with a weight. */
function addTo(row: Float32Array, numbers: Float32Array, from: number, weight: number): void {
  for (let k = 0; k < row.length; k++) row[k]! += weight * numbers[from + k]!;
}

function uniform(random: Random, count: number): Float32Array {
  return Float32Array.from({ length: count }, () => random.uniform() - 0.5);
}
