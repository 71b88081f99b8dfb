import { parentPort } from 'node:worker_threads';
import { seededRandom } from '@refrain/core';
import { UMAP } from 'umap-js';
import type { ProjectionAnswer, ProjectionTask } from './projection.ts';

const port = parentPort!;
const answer = (message: ProjectionAnswer) => port.postMessage(message);

port.on('message', ({ count, neighbours, indices, distances, epochs }: ProjectionTask) => {
  const rows = (values: Int32Array | Float64Array) =>
    Array.from({ length: count }, (_, row) => Array.from(values.subarray(row * neighbours, (row + 1) * neighbours)));
  const random = seededRandom('projection');
  const umap = new UMAP({ nNeighbors: neighbours, nEpochs: epochs, random: () => random.uniform() });
  umap.setPrecomputedKNN(rows(indices), rows(distances));
  // Of the points themselves it asks only how many there are.
  umap.initializeFit(Array.from({ length: count }, () => []));
  answer({ epoch: 0 });
  for (let epoch = 1; epoch <= epochs; epoch++) {
    umap.step();
    answer({ epoch });
  }
  answer({ points: Float32Array.from(umap.getEmbedding().flat()) });
});
