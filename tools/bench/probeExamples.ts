import { type Random, zeros } from '@refrain/core';
import type { LoopExamples } from './probeLoop.ts';

/** How many train and valid clips, numbers per clip and tags. */
export interface ProbeSize {
  readonly rows: number;
  readonly valid: number;
  readonly cols: number;
  readonly classes: number;
}

/** What a probe is trained and watched on. */
export interface ProbeSplits {
  readonly train: LoopExamples;
  readonly valid: LoopExamples;
}

/** Share of the clips that have the most frequent tag; the k-th has this over k. */
const MOST_FREQUENT = 0.3;
const NOISE = 3;

/**
 * Features as an encoder with a last ReLU gives them, and tags as frequent as MagnaTagATune's: every tag moves a clip in a direction of its
 * own, under so much noise that a probe never learns them by heart. Deterministic in `random`.
 */
export function probeSplits({ rows, valid, cols, classes }: ProbeSize, random: Random): ProbeSplits {
  const directions = zeros(classes, cols);
  fillNormal(directions.data, random.fork('directions'));
  const split = (name: string, count: number): LoopExamples => {
    const draws = random.fork(name);
    const features = zeros(count, cols);
    const targets = zeros(count, classes);
    fillNormal(features.data, draws);
    for (let row = 0; row < count; row++) {
      const x = features.data.subarray(row * cols, (row + 1) * cols);
      for (let k = 0; k < cols; k++) x[k]! *= NOISE;
      for (let c = 0; c < classes; c++) {
        if (draws.uniform() >= MOST_FREQUENT / (c + 1)) continue;
        targets.data[row * classes + c] = 1;
        for (let k = 0; k < cols; k++) x[k]! += directions.data[c * cols + k]!;
      }
      for (let k = 0; k < cols; k++) x[k] = Math.max(0, x[k]!);
    }
    return { features, targets };
  };
  return { train: split('train', rows), valid: split('valid', valid) };
}

/** Nearly normal: the sum of four uniform numbers, with mean 0 and variance 1. */
function fillNormal(data: Float32Array, { uniform }: Random): void {
  for (let i = 0; i < data.length; i++) {
    data[i] = (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
  }
}
