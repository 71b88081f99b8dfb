import type { EvaluationInput } from '@refrain/core';
import { checkFinite } from '../checks.ts';
import type { Scores } from '../metrics/averages.ts';
import { segmentAverage } from '../metrics/segmentAverage.ts';
import { type ClipInput, segmentMeans } from './clipExamples.ts';
import { headLogits } from './forwardPass.ts';
import type { HeadParameters, HeadShape } from './head.ts';

/** What a head of this shape says of the test clips: probabilities `test clips × classes`. */
export type TestProbabilities = (head: HeadParameters) => Promise<Scores>;

/**
 * Tests one head after another on the test clips. A clip's probabilities are the mean over those of its segments, or with the input
 * `mean` those of the mean of its segments. Throws a DataError that names the clip when a number of the test clips is not finite.
 */
export function testProbabilities(
  { task, test }: Pick<EvaluationInput, 'task' | 'test'>,
  shape: HeadShape,
  clipInput: ClipInput,
): TestProbabilities {
  const clips = Uint32Array.from(test.ids.keys());
  const means = clipInput === 'mean';
  const features = means ? segmentMeans(test, clips) : test.segments;
  const start = means ? Uint32Array.from({ length: clips.length + 1 }, (_, clip) => clip) : test.segmentStart;
  checkFinite(features, (row) => test.ids[start.findLastIndex((first) => first <= row)]!);
  return async (head) => {
    const logits = await headLogits(shape, head, features);
    return segmentAverage(logits, start, task === 'single-label' ? 'softmax' : 'sigmoid');
  };
}
