import { quietHost, readNpy, readNpyMatrix } from '@refrain/core';
import { describeWithData, memoryStore, plainExecutor, testDataPath } from '@refrain/core/testing';
import { expect, it } from 'vitest';
import { CpuKernel } from './cpu/cpu.ts';
import { DistributedKernel } from './distributed/distributed.ts';
import { similarities } from './distributed/similarities.ts';
import { ReferenceKernel } from './reference.ts';

const K = 15;
const [store, host] = [memoryStore(), quietHost()];
const sharing = { executor: plainExecutor(similarities, { host, store }), store, host };

describeWithData('golden/cluster', 'nearest neighbours against a reference', () => {
  it.each([new ReferenceKernel(), new CpuKernel(), new DistributedKernel({ shareFrom: 0 }, sharing)])(
    'are the most similar ones: $name',
    async (kernel) => {
      const rows = await readNpyMatrix(testDataPath('golden', 'cluster', 'rows_500x64_f32.npy'));
      const points = await kernel.load(rows);
      const found = await points.nearest({ k: K }).finally(() => points.close());
      const cosines = (await readNpy(testDataPath('golden', 'cluster', 'knn15_cosine_f64.npy'))).data as Float64Array;
      const indices = (await readNpy(testDataPath('golden', 'cluster', 'knn15_index.npy'))).data as Int32Array;
      expect(found.similarities).toHaveLength(cosines.length);
      for (const [at, cosine] of cosines.entries())
        expect(Math.abs(found.similarities[at]! - cosine)).toBeLessThanOrEqual(points.tolerance);
      // Where neighbours differ by less than float32 tells apart they may change places.
      for (let row = 0; row < rows.rows; row++) {
        const here = Array.from(found.indices.subarray(row * K, (row + 1) * K));
        const there = Array.from(indices.subarray(row * K, (row + 1) * K));
        for (const [place, index] of here.entries()) {
          if (index === there[place]) continue;
          const other = there.indexOf(index);
          expect(other < 0 ? Number.NaN : cosines[row * K + other]! - cosines[row * K + place]!).toBeCloseTo(0, 6);
        }
      }
    },
  );
});
