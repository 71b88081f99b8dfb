import { dot, type Matrix, onGrid, type SimilarityKernel, seededRandom, zeros } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { nearestKept } from './proofs.ts';

function randomRows(seed: number, rows: number, levels: number): Matrix {
  const random = seededRandom(seed);
  const matrix = zeros(rows, 3);
  for (let i = 0; i < rows; i++) {
    // Few levels: many equal rows, and so many ties.
    const row = Array.from({ length: 3 }, () => random.integer(levels) - levels / 3);
    matrix.data.set(
      row.map((value) => value / Math.hypot(...row)),
      3 * i,
    );
  }
  return matrix;
}

function nearestByScan(embeddings: Matrix, isKept: Uint8Array, clip: number) {
  const options = Array.from(isKept.keys()).filter((i) => isKept[i] && i !== clip);
  const found = options.map((partner) => ({ partner, similarity: onGrid(dot(embeddings, clip, embeddings, partner)) }));
  found.sort((a, b) => b.similarity - a.similarity || a.partner - b.partner);
  return found[0] ?? { partner: -1, similarity: -Infinity };
}

describe('nearestKept', () => {
  it.each([5, 1000])('agrees with a scan while clips come and go (%i levels)', async (levels) => {
    const embeddings = randomRows(1, 60, levels);
    const random = seededRandom('changes');
    const isKept = new Uint8Array(60).map(() => random.integer(2));
    const nearest = nearestKept(embeddings, isKept, plainKernel());
    for (let step = 0; step < 400; step++) {
      const clip = random.integer(60);
      // Long runs of removals, so that lists run dry, and of additions, so that they overflow.
      const kept = Math.floor(step / 100) % 2;
      if (isKept[clip] !== kept) {
        isKept[clip] = kept;
        if (kept) nearest.added(clip);
      }
      const asked = random.integer(60);
      const { partner, similarity } = await nearest.of(asked);
      const expected = nearestByScan(embeddings, isKept, asked);
      expect(similarity).toBe(expected.similarity);
      if (levels > 5) expect(partner).toBe(expected.partner);
      else expect(partner < 0 || isKept[partner] === 1).toBe(true);
    }
  });

  it('asks the kernel once for the removed and once for the kept clips', async () => {
    let loads = 0;
    const plain = plainKernel();
    const load: SimilarityKernel['load'] = (points) => {
      loads++;
      return plain.load(points);
    };
    const isKept = Uint8Array.from({ length: 40 }, (_, i) => i % 2);
    const nearest = nearestKept(randomRows(2, 40, 1000), isKept, { name: 'counting', load });
    for (let clip = 0; clip < 40; clip++) await nearest.of(clip);
    expect(loads).toBe(2);
  });
});
