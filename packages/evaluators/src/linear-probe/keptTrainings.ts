import {
  ConfigError,
  type EvaluatedSet,
  type EvaluationInput,
  type EvaluationSplit,
  type Matrix,
  rowOf,
  shuffled,
  takeRows,
  zeros,
} from '@refrain/core';
import { checkDimensions, checkFinite, checkLabelledSegments, type ProbedInput } from '../checks.ts';
import type { Examples } from './forwardPass.ts';
import { type HeadShape, initialParameters } from './head.ts';
import type { ClipInput, LinearProbeOptions, ProbeOptions } from './options.ts';
import type { ProbeTraining, TrainedProbe } from './trainProbe.ts';

/** Why no probe can be trained (where it `trains`) and tested on this input, in a sentence; undefined where one can. */
export function unsuitableForProbe(
  { task, classes, train, keep, valid, test }: EvaluationInput,
  trains: boolean,
): string | undefined {
  if (task === 'unlabelled' || classes.length === 0)
    return 'The dataset has no labels, so a probe can be neither trained nor tested.';
  const unknown = Object.entries(trains ? { train, valid, test } : { test }).find(([, split]) => split.unlabelled);
  if (unknown !== undefined) return `The labels of the ${unknown[0]} clips are not known, and a probe needs them.`;
  if (test.ids.length === 0) return 'The dataset has no test clips to test a probe on.';
  if (!trains) return undefined;
  if (valid.ids.length === 0) return 'The dataset has no valid clips, which tell a probe when to stop.';
  if (train.ids.length === 0) return 'The dataset has no train clips for a probe to learn from.';
  if (keep.length === 0) return 'No train clip is kept, so a probe has nothing to learn from.';
  return undefined;
}

/** The head that a probe of this input has. */
export function probeShape(
  { test, classes }: ProbedInput,
  { mlp, hidden }: Pick<ProbeOptions, 'mlp' | 'hidden'>,
): HeadShape {
  return { dim: test.segments.cols, classes: classes.length, mlp, hidden };
}

/** Throws a DataError that names the split, the clip or the class unless the splits are labelled as the task wants and fit together. */
export function checkSplits(input: ProbedInput): void {
  for (const split of ['train', 'valid', 'test'] as const) checkLabelledSegments(input, split);
  checkDimensions(input);
}

/**
 * A training for each kept set, on one matrix of examples with a row for every clip that some set keeps. All start from one head and see
 * the same segment of a clip, whatever is kept: both come from forks of `input.random`, as the order of each epoch and dropout do. Expects
 * sets that `keptMask` takes. Throws a DataError that names the clip when a number of these clips or of the valid clips is not finite.
 */
export function keptTrainings(
  input: ProbedInput,
  sets: readonly EvaluatedSet[],
  settings: LinearProbeOptions,
): Omit<ProbeTraining, 'signal'>[] {
  const { train, valid, random } = input;
  const { clips, rowOfClip } = clipsInUse(train.ids.length, sets);
  const orders = random.fork('order');
  const shared = {
    train: clipExamples(input, train, clips, settings.input),
    valid: clipExamples(input, valid, Uint32Array.from(valid.ids.keys()), settings.input),
    task: input.task === 'single-label' ? ('single-label' as const) : ('multi-label' as const),
    init: initialParameters(probeShape(input, settings), random.fork('init')),
    dropoutSeed: random.fork('dropout').integer(2 ** 32),
  };
  return sets.map(({ keep, epochFactor = 1 }) => ({
    ...shared,
    options: withMoreEpochs(settings, epochFactor),
    epochOrder: (epoch: number) => shuffled(orders.fork(String(epoch)), keep.length).map((at) => rowOfClip[keep[at]!]!),
  }));
}

/** Throws a ConfigError that names the learning rate when the training ended on a loss that is not finite. */
export function checkConverged({ stopped, epochs }: TrainedProbe, { learningRate }: ProbeOptions): void {
  if (stopped !== 'not finite') return;
  throw new ConfigError(
    'linear-probe.learningRate',
    `The probe's valid loss became ${epochs.at(-1)!.validLoss} in epoch ${epochs.length}: lower learningRate (it is ` +
      `${learningRate}), or standardise the embeddings.`,
  );
}

/** The clips that some set keeps, ascending, and where each of them is among these. */
function clipsInUse(count: number, sets: readonly EvaluatedSet[]) {
  const rowOfClip = new Uint32Array(count);
  for (const { keep } of sets) for (const clip of keep) rowOfClip[clip] = 1;
  const clips = Uint32Array.from(rowOfClip.keys()).filter((clip) => rowOfClip[clip] === 1);
  for (const [row, clip] of clips.entries()) rowOfClip[clip] = row;
  return { clips, rowOfClip };
}

function withMoreEpochs(options: LinearProbeOptions, factor: number): LinearProbeOptions {
  const { maxEpochs, patience, plateauPatience } = options;
  return {
    ...options,
    maxEpochs: Math.round(factor * maxEpochs),
    patience: Math.round(factor * patience),
    plateauPatience: Math.round(factor * plateauPatience),
  };
}

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
