import { type Matrix, quietHost, seededRandom, zeros } from '@refrain/core';
import { plainKernel } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { copySets, findCopyPairs } from './copies.ts';

/** Unit rows in the plane; a zero row where there is no angle. */
function atAngles(...degrees: (number | undefined)[]): Matrix {
  const rows = zeros(degrees.length, 2);
  for (const [i, angle] of degrees.entries())
    if (angle !== undefined)
      rows.data.set([Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)], 2 * i);
  return rows;
}

const fingerprint = (name: string, from = 0, to = 200) => {
  const random = seededRandom(name);
  return Uint32Array.from({ length: 200 }, () => random.uniform() * 2 ** 32).subarray(from, to);
};
const none = (count: number) => new Uint8Array(count);
const noAudio = (count: number) => new Array<undefined>(count).fill(undefined);

describe('copies', () => {
  it('are identical, of one recording or near-identical, and each pair has the surest of them', async () => {
    const pairs = await findCopyPairs(
      {
        // cos 0.5° = 0.999962, cos 60° = 0.5.
        embeddings: atAngles(0, 0, 0.5, 60, 120),
        audioHashes: ['s', 's', 'x', 'y', 'z'],
        fingerprints: [fingerprint('a'), fingerprint('a'), fingerprint('b'), fingerprint('a', 40), fingerprint('c')],
        excluded: none(5),
      },
      plainKernel(),
    );
    // 40 sub-fingerprints of 1365 samples at 11,025 Hz are 4.95 s; 160 of them, the first of 30,031 samples, describe 22.41 s.
    const recording = {
      level: 'same-recording',
      similarity: 0.5,
      shift: 4.95,
      overlap: 22.41,
      isSameRecording: true,
      isNearIdentical: false,
    };
    const near = { level: 'near-identical', similarity: 0.999962, isSameRecording: false, isNearIdentical: true };
    expect(pairs).toEqual([
      { i: 0, j: 1, level: 'identical', similarity: 1, shift: 0, isSameRecording: true, isNearIdentical: true },
      { i: 0, j: 2, ...near },
      { i: 0, j: 3, ...recording },
      { i: 1, j: 2, ...near },
      { i: 1, j: 3, ...recording },
    ]);
  });

  it('have a shift that tells which begins earlier, whichever of equal clips stood for the others', async () => {
    const pairs = await findCopyPairs(
      {
        embeddings: atAngles(0, 90, 0),
        audioHashes: ['s', 'x', 's'],
        fingerprints: [fingerprint('a', 40), fingerprint('a'), fingerprint('a', 40)],
        excluded: none(3),
      },
      plainKernel(),
    );
    expect(pairs.map(({ i, j, shift }) => [i, j, shift])).toEqual([
      [0, 1, -4.95],
      [0, 2, 0],
      [1, 2, 4.95],
    ]);
  });

  it('are near-identical from another threshold on if asked, but never too short to be compared', async () => {
    const clips = { embeddings: atAngles(0, 10, undefined, undefined), audioHashes: noAudio(4), excluded: none(4) };
    const found = async (threshold: number, excluded = none(4)) =>
      (await findCopyPairs({ ...clips, excluded }, plainKernel(), { threshold })).map(({ i, j }) => [i, j]);
    // cos 10° = 0.9848.
    expect(await found(0.98)).toEqual([[0, 1]]);
    expect(await found(0.99)).toEqual([]);
    expect(await found(0.98, Uint8Array.of(0, 1, 0, 0))).toEqual([]);
  });

  it('of hundreds of equal clips are told by their pairs with the first', async () => {
    const count = 300;
    const silent = { embeddings: atAngles(...new Array<undefined>(count)), audioHashes: new Array(count).fill('s') };
    const pairs = await findCopyPairs({ ...silent, excluded: none(count) }, plainKernel());
    // 50 of them have all their 1225 pairs, the 250 others one each.
    expect(pairs).toHaveLength(1225 + 250);
    expect(
      pairs.every(
        ({ level, similarity, isNearIdentical }) => level === 'identical' && similarity === 0 && !isNearIdentical,
      ),
    ).toBe(true);
    expect(copySets(pairs)).toEqual([Array.from({ length: count }, (_, i) => i)]);
  });

  it('compare all fingerprints, and say how far they are', async () => {
    let compared = 0;
    const count = 70;
    const fingerprints = Array.from({ length: count }, (_, i) => fingerprint(`${i}`));
    const clips = {
      embeddings: atAngles(...new Array<undefined>(count)),
      audioHashes: noAudio(count),
      fingerprints,
      excluded: none(count),
    };
    const advance = (clips = 1) => {
      compared += clips;
    };
    const host = quietHost({ progress: () => ({ advance, end: () => {} }) });
    expect(await findCopyPairs(clips, plainKernel(), { host })).toEqual([]);
    expect(compared).toBe(count);
  });
});

describe('sets of copies', () => {
  it('are what pairs connect', () => {
    const pairs = [
      [5, 9],
      [0, 2],
      [2, 7],
      [9, 11],
      [5, 11],
      [3, 7],
    ].map(([i, j]) => ({ i: i!, j: j! }));
    expect(copySets(pairs)).toEqual([
      [0, 2, 3, 7],
      [5, 9, 11],
    ]);
    expect(copySets([])).toEqual([]);
  });
});
