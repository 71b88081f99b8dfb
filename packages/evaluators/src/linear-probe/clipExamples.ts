import { type EvaluationInput, type EvaluationSplit, type Matrix, rowOf, takeRows, zeros } from '@refrain/core';
import { checkFinite } from '../checks.ts';
import type { Examples } from './forwardPass.ts';

/** What stands for a clip when a probe is trained: one of its segments, drawn at random as CLMR does, or the mean of all. */
export type ClipInput = 'segment' | 'mean';

/**
 * One row for each of the given clips of a split, in their order. Which segment stands for a clip depends on `input.random` and the
 * clip's id alone, not on the other clips. Throws a DataError that names the clip when a number is not finite.
 */
export function clipExamples(
  input: Pick<EvaluationInput, 'classes' | 'random'>,
  split: EvaluationSplit,
  clips: Uint32Array,
  clipInput: ClipInput,
): Examples {
  const features = clipInput === 'mean' ? segmentMeans(split, clips) : drawnSegments(input, split, clips);
  checkFinite(features, (row) => split.ids[clips[row]!]!);
  const targets = zeros(clips.length, input.classes.length);
  for (let row = 0; row < clips.length; row++) {
    for (const label of split.labels[clips[row]!]!) rowOf(targets, row)[label] = 1;
  }
  return { features, targets };
}

function drawnSegments(
  { random }: Pick<EvaluationInput, 'random'>,
  split: EvaluationSplit,
  clips: Uint32Array,
): Matrix {
  const { ids, segments, segmentStart } = split;
  const draws = random.fork('segment');
  const rows = clips.map((clip) => {
    const start = segmentStart[clip]!;
    return start + draws.fork(ids[clip]!).integer(segmentStart[clip + 1]! - start);
  });
  return takeRows(segments, rows);
}

/** The mean of each given clip's segments, `clips × dim`, summed in float64. */
export function segmentMeans({ segments, segmentStart }: EvaluationSplit, clips: Uint32Array): Matrix {
  const { data, cols } = segments;
  const means = zeros(clips.length, cols);
  const sums = new Float64Array(cols);
  for (let row = 0; row < clips.length; row++) {
    const start = segmentStart[clips[row]!]!;
    const end = segmentStart[clips[row]! + 1]!;
    sums.fill(0);
    for (let i = start * cols; i < end * cols; i++) sums[i % cols]! += data[i]!;
    for (let k = 0; k < cols; k++) means.data[row * cols + k] = sums[k]! / (end - start);
  }
  return means;
}
