import { dot, onGrid } from '@refrain/core';
import { syntheticPruneInput } from '@refrain/core/testing';
import { expect, it } from 'vitest';
import { farthestFirst } from './orders.ts';

it('takes the clip least like all before it, ties to the earlier one, and says how like', async () => {
  const { embeddings, ids } = syntheticPruneInput();
  const members = Uint32Array.from(ids.keys()).reverse();
  const { order, similarity, coverage } = await farthestFirst(embeddings, members, new AbortController().signal);
  const chosen: number[] = [members[0]!];
  while (chosen.length < members.length) {
    const left = Array.from(members).filter((clip) => !chosen.includes(clip));
    const greatest = left.map((clip) =>
      Math.max(...chosen.map((one) => onGrid(dot(embeddings, clip, embeddings, one)))),
    );
    const least = Math.min(...greatest);
    const mean = (chosen.length + greatest.reduce((a, b) => a + b)) / members.length;
    expect(similarity[chosen.length]).toBe(least);
    expect(coverage[chosen.length]).toBeCloseTo(mean, 9);
    chosen.push(left[greatest.indexOf(least)]!);
  }
  expect(Array.from(order)).toEqual(chosen);
  expect([similarity[0], coverage[0]]).toEqual([-Infinity, -Infinity]);
  expect(similarity).toEqual(similarity.slice().sort());
  expect(coverage).toEqual(coverage.slice().sort());
});

it('stops when told', async () => {
  const embeddings = { data: new Float32Array(4000), rows: 4000, cols: 1 };
  const stopped = farthestFirst(
    embeddings,
    Uint32Array.from({ length: 4000 }, (_, i) => i),
    AbortSignal.abort(),
  );
  await expect(stopped).rejects.toThrow(/abort/);
});
