import type { ClipGroups, Split, Task } from '../dataset.ts';
import type { EvaluationInput, EvaluationSplit } from '../evaluator.ts';
import { type Matrix, rowOf, zeros } from '../matrix.ts';
import { type Random, seededRandom } from '../random.ts';

/** What a made-up evaluation input should look like. */
export interface SyntheticEvaluation {
  /** Equal seeds give equal inputs, default 0. */
  readonly seed?: number | string;
  /** Tracks of the train split, default 24; valid and test get half as many, all of them different ones. */
  readonly tracks?: number;
  /** Clips of each track, default 3. */
  readonly clipsPerTrack?: number;
  /** Default 4; `unlabelled` has none. */
  readonly classes?: number;
  /** Numbers per segment, default 8. */
  readonly dim?: number;
}

interface World extends Required<Omit<SyntheticEvaluation, 'seed' | 'tracks'>> {
  readonly task: Task;
  readonly random: Random;
  readonly directions: Matrix;
}

/**
 * A small made-up input for evaluators in which there is something to learn: a clip's segments (one to three) lie around its track's
 * centre, which its classes shift. Clips of a track share their labels. Everything is kept; pass `{ ...input, keep }` for less.
 */
export function syntheticEvaluationInput(task: Task, synthetic: SyntheticEvaluation = {}): EvaluationInput {
  const { seed = 0, tracks = 24, clipsPerTrack = 3, dim = 8 } = synthetic;
  const classes = task === 'unlabelled' ? 0 : (synthetic.classes ?? 4);
  const random = seededRandom(`synthetic evaluation/${seed}`);
  const directions = normals(random.fork('directions'), classes, dim);
  const world = { task, clipsPerTrack, classes, dim, random, directions };
  const train = splitOf(world, 'train', tracks);
  return {
    task,
    classes: Array.from({ length: classes }, (_, index) => `class ${index}`),
    train,
    keep: Uint32Array.from(train.ids, (_, clip) => clip),
    valid: splitOf(world, 'valid', Math.ceil(tracks / 2)),
    test: splitOf(world, 'test', Math.ceil(tracks / 2)),
    random: random.fork('evaluation'),
  };
}

function splitOf(world: World, split: Split, tracks: number): EvaluationSplit {
  const { dim, clipsPerTrack } = world;
  const clips = tracks * clipsPerTrack;
  const random = world.random.fork(split);
  const segmentStart = new Uint32Array(clips + 1);
  for (let clip = 0; clip < clips; clip++) segmentStart[clip + 1] = segmentStart[clip]! + 1 + random.integer(3);
  const segments = normals(random.fork('segments'), segmentStart[clips]!, dim);
  const labels = Array.from({ length: clips }, (_, clip) => labelsOf(world, Math.floor(clip / clipsPerTrack)));
  const centres = normals(random.fork('centres'), tracks, dim);
  for (let clip = 0; clip < clips; clip++) {
    const centre = rowOf(centres, Math.floor(clip / clipsPerTrack));
    for (let segment = segmentStart[clip]!; segment < segmentStart[clip + 1]!; segment++) {
      place(rowOf(segments, segment), centre, labels[clip]!, world.directions);
    }
  }
  return {
    ids: labels.map((_, clip) => `${split}-${clip}`),
    labels,
    groups: labels.map((_, clip): ClipGroups => ({ track: `${split} track ${Math.floor(clip / clipsPerTrack)}` })),
    segments,
    segmentStart,
    embeddings: unitMeans(segments, segmentStart),
  };
}

// Class c of many-label tracks belongs to every (c+2)th track, so that each has clips with and without it and some tracks have none.
function labelsOf({ task, classes }: World, track: number): number[] {
  if (task === 'single-label') return [track % classes];
  return Array.from({ length: classes }, (_, index) => index).filter((index) => (track + index) % (index + 2) === 0);
}

function place(segment: Float32Array, centre: Float32Array, labels: readonly number[], directions: Matrix): void {
  for (let k = 0; k < segment.length; k++) {
    segment[k] = 0.2 * segment[k]! + 0.5 * centre[k]!;
    for (const label of labels) segment[k]! += rowOf(directions, label)[k]!;
  }
}

function unitMeans(segments: Matrix, segmentStart: Uint32Array): Matrix {
  const means = zeros(segmentStart.length - 1, segments.cols);
  for (let clip = 0; clip < means.rows; clip++) {
    const mean = rowOf(means, clip);
    for (let segment = segmentStart[clip]!; segment < segmentStart[clip + 1]!; segment++) {
      rowOf(segments, segment).forEach((value, k) => {
        mean[k]! += value;
      });
    }
    const length = Math.hypot(...mean);
    mean.forEach((value, k) => {
      mean[k] = value / length;
    });
  }
  return means;
}

/** Standard normal numbers (Box & Muller 1958). */
export function normals(random: Random, rows: number, cols: number): Matrix {
  const matrix = zeros(rows, cols);
  for (let i = 0; i < matrix.data.length; i++) {
    matrix.data[i] = Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
  }
  return matrix;
}
