import {
  type EvaluationSplit,
  type Evaluator,
  type Matrix,
  type SimilarityKernel,
  sampleIndices,
  seededRandom,
} from '@refrain/core';
import { labelsLost, type Spread, spreadOf, type Values } from './coverageMeasures.ts';
import type { PrunedClip, PrunedSet } from './strategyRuns.ts';

/** What one strategy did at one size, and what random sets of as many clips do. */
export interface StrategyResult {
  readonly strategy: string;
  readonly kept: number;
  readonly removed: number;
  readonly values: Values;
  readonly random: Readonly<Record<string, Spread>>;
  /** Labels that no kept clip has, with the number of clips that had them. */
  readonly lost: ReadonlyMap<string, number>;
  readonly acrossTracks: number;
  readonly decisions: PrunedSet['decisions'];
}

/** A strategy that the command refused to run at this size, and why. */
export interface StrategyRefusal {
  readonly strategy: string;
  readonly refused: string;
}

/** All strategies on one corpus at one size. */
export interface Block {
  readonly corpus: string;
  /** Of the train clips, 0…1. */
  readonly removedShare: number;
  readonly clips: number;
  readonly results: readonly (StrategyResult | StrategyRefusal)[];
}

/** How many random sets each one is compared with. */
export const DRAWS = 100;

type Measured = Pick<StrategyResult, 'values' | 'random' | 'lost'>;

/** Measures kept sets of one corpus. */
export interface SetMeter {
  measure(keep: Uint32Array): Promise<Measured>;
  close(): Promise<void>;
}

/** A meter for the clips of a corpus, by the evaluator `coverage` and `labelsLost`. Random sets of one size are drawn and measured once. */
export async function openMeter(clips: readonly PrunedClip[], embeddings: Matrix, seed: string): Promise<SetMeter> {
  const { ReferenceKernel } = await import('@refrain/kernels');
  const source = new URL('../../../packages/evaluators/dist/index.js', import.meta.url);
  const { Coverage } = (await import(source.href)) as { Coverage: new (kernel: SimilarityKernel) => Evaluator };
  const coverage = new Coverage(new ReferenceKernel());
  const labels = clips.map((clip) => clip.labels);
  const train = trainSplit(clips, embeddings);
  const nothing = trainSplit([], { data: new Float32Array(), rows: 0, cols: embeddings.cols });
  const random = seededRandom(seed);
  const valuesOf = async (keep: Uint32Array): Promise<Values> => {
    const splits = { train, valid: nothing, test: nothing };
    const { metrics } = await coverage.evaluate({ task: 'unlabelled', classes: [], ...splits, keep, random });
    const lost = labelsLost(labels, keep);
    return { ...metrics, ...(lost && { 'labels lost': lost.size }) };
  };
  const spreads = new Map<number, Promise<Readonly<Record<string, Spread>>>>();
  const randomSpread = async (count: number) => {
    const draws: Values[] = [];
    for (let draw = 0; draw < DRAWS; draw++) {
      draws.push(await valuesOf(sampleIndices(random.fork(`${count} ${draw}`), clips.length, count)));
    }
    return spreadOf(draws);
  };
  return {
    measure: async (keep) => {
      if (!spreads.has(keep.length)) spreads.set(keep.length, randomSpread(keep.length));
      const spread = await spreads.get(keep.length)!;
      return { values: await valuesOf(keep), random: spread, lost: labelsLost(labels, keep) ?? new Map() };
    },
    close: async () => coverage.close?.(),
  };
}

function trainSplit(clips: readonly PrunedClip[], embeddings: Matrix): EvaluationSplit {
  return {
    ids: clips.map(({ id }) => id),
    embeddings,
    // Coverage looks at whole clips alone.
    segments: { data: new Float32Array(), rows: 0, cols: embeddings.cols },
    segmentStart: new Uint32Array(clips.length + 1),
    labels: clips.map(() => []),
    groups: clips.map(({ groups }) => groups),
    unlabelled: true,
  };
}
