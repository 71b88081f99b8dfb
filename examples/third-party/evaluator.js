import { rowOf } from '@refrain/core';

/** Classifies each test clip by the nearest mean of the kept train clips of a class. */
export function nearestCentroid() {
  return {
    name: 'nearest-centroid',
    trains: false,
    unsuitable: ({ task }) => (task === 'single-label' ? undefined : 'It needs one label for each clip.'),
    evaluate: async ({ classes, train, keep, test }) => {
      const means = classes.map(() => new Float64Array(train.embeddings.cols));
      for (const clip of keep)
        for (const [k, value] of rowOf(train.embeddings, clip).entries()) means[train.labels[clip][0]][k] += value;
      for (const mean of means) {
        const norm = Math.hypot(...mean) || 1;
        for (const k of mean.keys()) mean[k] /= norm;
      }
      const right = test.labels.filter(
        ([label], clip) => nearest(means, rowOf(test.embeddings, clip)) === label,
      ).length;
      return { metrics: { 'nearest centroid accuracy': right / test.ids.length } };
    },
  };
}

function nearest(means, row) {
  const likeness = means.map((mean) => row.reduce((sum, value, k) => sum + value * mean[k], 0));
  return likeness.indexOf(Math.max(...likeness));
}
