import type { ClipGroups, Task } from './dataset.ts';
import type { SegmentEmbeddings } from './encoder.ts';
import type { Matrix } from './matrix.ts';
import type { Random } from './random.ts';

/** One split, ready to be learned from or tested on. Index i means clip i in every field but `segments`. */
export interface EvaluationSplit extends SegmentEmbeddings {
  readonly ids: readonly string[];
  /** Clip embeddings, unit rows, `clips × dim`. */
  readonly embeddings: Matrix;
  /** Indices into `classes` per clip. */
  readonly labels: readonly (readonly number[])[];
  readonly groups: readonly (ClipGroups | undefined)[];
  /** Whether the labels of its clips are not known, so that their lists are empty and mean nothing. */
  readonly unlabelled?: boolean;
}

/** What an evaluator tells the worth of: the kept clips of a train set, with the splits to learn by and to test on. */
export interface EvaluationInput {
  readonly task: Task;
  readonly classes: readonly string[];
  /** The whole train set; `keep` says which of its clips are left. */
  readonly train: EvaluationSplit;
  readonly keep: Uint32Array;
  /** Never pruned. */
  readonly valid: EvaluationSplit;
  readonly test: EvaluationSplit;
  readonly random: Random;
}

/** Metric values by their name, e.g. `PR-AUC`; NaN where a metric is undefined on this data. */
export interface Evaluation {
  readonly metrics: Readonly<Record<string, number>>;
  /** Per class and metric, in the order of `classes`; NaN where undefined (a class without both positives and negatives). */
  readonly perClass?: Readonly<Record<string, readonly number[]>>;
  /** What was learned, by the name a checkpoint would give it, e.g. `0.weight`. */
  readonly parameters?: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>>;
  /** What was predicted for the test clips, `clips × classes`: enough to compute the metrics again. */
  readonly predictions?: { readonly data: Float32Array | Float64Array; readonly rows: number; readonly cols: number };
  /** How the evaluation went, for results.json, e.g. epochs run. */
  readonly details?: Readonly<Record<string, number | string>>;
}

/** A kept set among several that are evaluated together. */
export interface EvaluatedSet {
  /** Indices of train clips, ascending. */
  readonly keep: Uint32Array;
  /** How many times as many epochs as usual a training may take, a number from 1, so that a small set may take as many steps as a large one. Default 1. */
  readonly epochFactor?: number;
}

/** Measures what a kept subset is worth. */
export interface Evaluator {
  readonly name: string;
  /** Whether the result depends on `random`, as when something is trained: such an evaluation is repeated with several seeds. */
  readonly trains: boolean;
  /** Whether this input can be evaluated at all, else the reason in a plain sentence, e.g. that the dataset has no labels. */
  unsuitable(input: EvaluationInput): string | undefined;
  evaluate(input: EvaluationInput): Promise<Evaluation>;
  /**
   * Evaluates each of several sets as `evaluate` would, all with the same `random`, and tells `onDone` of each when it is done, in any order; what
   * that returns is waited for. For evaluators that can share work between sets or take several at a time; absent, they are evaluated one by one.
   */
  evaluateSets?(
    input: Omit<EvaluationInput, 'keep'>,
    sets: readonly EvaluatedSet[],
    onDone: (index: number, evaluation: Evaluation) => unknown,
  ): Promise<void>;
  /**
   * How many optimiser steps an epoch on so many clips takes, ≥ 1. Present where `epochFactor` is heeded: then sets can be compared at equal epochs
   * and at equal steps, which `details.epochs` and `details.steps` count.
   */
  stepsPerEpoch?(clips: number): number;
  /**
   * Changes with its code and with every option that changes an evaluation. Evaluations are kept under it from one run to the next; absent, none
   * is kept.
   */
  readonly fingerprint?: string;
  close?(): Promise<void>;
}
