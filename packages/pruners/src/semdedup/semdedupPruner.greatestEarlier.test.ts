import { dot, onGrid, rowOf, seededRandom, zeros } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import { expect, it } from 'vitest';
import { greatestEarlier } from './semdedupPruner.ts';

it('finds the greatest similarity to an earlier clip, over more than one tile', async () => {
  const random = seededRandom('greatest earlier');
  const embeddings = zeros(1300, 3);
  for (let i = 0; i < embeddings.rows; i++) {
    const row = rowOf(embeddings, i);
    for (let k = 0; k < row.length; k++) row[k] = random.uniform() - 0.5;
    const length = Math.hypot(...row);
    for (let k = 0; k < row.length; k++) row[k]! /= length;
  }
  // Copies, far apart.
  rowOf(embeddings, 1200).set(rowOf(embeddings, 3));
  const ordered = Uint32Array.from({ length: 1250 }, (_, place) => 1299 - place);
  const found = await greatestEarlier(embeddings, ordered, plainKernel(), new AbortController().signal);
  expect(found[0]).toBe(-Infinity);
  for (const [place, clip] of ordered.entries()) {
    let greatest = -Infinity;
    for (let before = 0; before < place; before++) {
      greatest = Math.max(greatest, dot(embeddings, clip, embeddings, ordered[before]!));
    }
    expect(found[place]).toBe(place === 0 ? -Infinity : onGrid(greatest));
  }
});
