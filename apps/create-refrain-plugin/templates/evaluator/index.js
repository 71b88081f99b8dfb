/** @import { EvaluationInput, Evaluator } from '@refrain/core' */
import { defineComponent, definePlugin, rowOf, z } from '@refrain/core';

/**
 * Classifies each test clip by the nearest mean of the kept train clips of a class.
 * @returns {Evaluator}
 */
export function createEvaluator() {
  return {
    name: 'my-evaluator',
    trains: false,
    unsuitable: ({ task }) => (task === 'single-label' ? undefined : 'It needs one label for each clip.'),
    async evaluate(input) {
      const means = classMeans(input);
      const { test } = input;
      const right = test.labels.filter(([label], clip) => nearest(means, rowOf(test.embeddings, clip)) === label);
      return { metrics: { 'nearest mean accuracy': right.length / test.ids.length } };
    },
  };
}

/**
 * The mean of each class, of length 1.
 * @param {EvaluationInput} input
 */
function classMeans({ classes, train, keep }) {
  const means = classes.map(() => new Float64Array(train.embeddings.cols));
  for (const clip of keep) {
    const mean = means[Number(train.labels[clip]?.[0])];
    for (const [k, value] of rowOf(train.embeddings, clip).entries())
      if (mean !== undefined) mean[k] = Number(mean[k]) + value;
  }
  return means.map((mean) => {
    const norm = Math.hypot(...mean) || 1;
    return mean.map((value) => value / norm);
  });
}

/**
 * @param {readonly Float64Array[]} means
 * @param {Float32Array} row
 */
function nearest(means, row) {
  const likeness = means.map((mean) => row.reduce((sum, value, k) => sum + value * Number(mean[k]), 0));
  return likeness.indexOf(Math.max(...likeness));
}

const component = defineComponent({
  name: 'my-evaluator',
  description: 'share of test clips that are nearest to the mean of the kept clips of their class',
  options: z.object({}),
  create: createEvaluator,
});

export default definePlugin({ evaluator: [component] });
