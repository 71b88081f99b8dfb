import { describe, expect, it } from 'vitest';
import type { PruneInput, Pruning, PruningRule, Removal } from '../pruner.ts';
import { seededRandom } from '../random.ts';
import { onGrid } from '../similarityGrid.ts';
import { firstMismatch } from './certificate.ts';

// b stands at cos 0.2 from a, c at cos 0.3 in another cluster, d sounds exactly like a.
const ANGLES = [0, 0.2, 0.3, 0];
const S = onGrid(Math.fround(Math.cos(0.2)));
const INPUT: PruneInput = {
  ids: ['a', 'b', 'c', 'd'],
  embeddings: {
    data: Float32Array.from(ANGLES.flatMap((angle) => [Math.cos(angle), Math.sin(angle)])),
    rows: 4,
    cols: 2,
  },
  clustering: { labels: Int32Array.of(0, 0, 1, 0), clusterCount: 2, probabilities: new Float32Array(4).fill(1) },
  audioIdentity: Int32Array.of(0, -1, -1, 0),
  random: seededRandom(0),
};
const THETA = 0.9;
const CONSTANT: PruningRule = { kind: 'constant', theta: THETA };
const removal = (index: number, fields: Partial<Removal> = {}): Removal => {
  const similarity = onGrid(Math.fround(Math.cos(ANGLES[index]!)));
  const cluster = INPUT.clustering.labels[index]!;
  return { index, cluster, group: -1, level: 'redundant', partner: 0, similarity, theta: THETA, ...fields };
};
const found = (removed: Removal[], rule: PruningRule = CONSTANT, input = INPUT) => {
  const gone = new Set(removed.map(({ index }) => index));
  const keep = Uint32Array.from([0, 1, 2, 3].filter((i) => !gone.has(i)));
  const pruning: Pruning = { keep, removed, clusters: [], group: new Int32Array(4).fill(-1), decisions: {}, rule };
  return firstMismatch(pruning, input);
};
const thetas = (ofA: number, ofB: number) => Float64Array.of(ofA, ofB, 0, 0);
const unsupported = (index: number) => {
  const { theta: _, ...fields } = removal(index, { level: 'unsupported' });
  return fields;
};

describe('the certificate', () => {
  it('holds for each kind of rule', () => {
    expect(found([removal(1)])).toBeUndefined();
    expect(found([removal(1, { theta: 0.8 })], { kind: 'per-clip', thetas: thetas(0.95, 0.8) })).toBeUndefined();
    expect(found([removal(1, { theta: 0.95 })], { kind: 'pair', thetas: thetas(0.95, 0.8) })).toBeUndefined();
    expect(found([unsupported(1)], { kind: 'none' })).toBeUndefined();
    expect(found([removal(3, { level: 'identical' })])).toBeUndefined();
  });

  it.each<[string, Removal[], PruningRule, string]>([
    [
      'no rule',
      [removal(1)],
      { kind: 'none' },
      'it is redundant, but the pruner states no rule (kind "none"): say what its removals had to reach',
    ],
    ['a partner that goes too', [removal(1), removal(3, { partner: 1 })], CONSTANT, 'its partner is not kept'],
    ['another similarity', [removal(1, { similarity: 0.99 })], CONSTANT, `its similarity is ${S}, not 0.99`],
    ['another theta', [removal(1, { theta: 0.8 })], CONSTANT, 'its theta is 0.8, its rule asks for 0.9'],
    [
      'a theta that is not reached',
      [removal(1, { theta: 0.99 })],
      { kind: 'constant', theta: 0.99 },
      `its similarity ${S} is below theta 0.99`,
    ],
    ['a partner of another cluster', [removal(2)], CONSTANT, 'its partner is in another cluster'],
    ['a copy that is not said to be one', [removal(3)], CONSTANT, 'its level is identical, not redundant'],
    ['a copy that is none', [removal(1, { level: 'identical' })], CONSTANT, 'its level is redundant, not identical'],
    ['a proof that is not claimed', [unsupported(1)], CONSTANT, 'its level is redundant, not unsupported'],
    [
      'a clip for which only copies may go',
      [removal(1)],
      { kind: 'pair', thetas: thetas(Infinity, 0.9) },
      'its theta is 0.9, its rule asks for Infinity',
    ],
  ])('names the first removal with %s', (_, removed, rule, why) => {
    expect(found(removed, rule)).toMatch(/^clip [bcd] for [ab]: /);
    expect(found(removed, rule)).toContain(why);
  });

  it('lets nothing but a copy stand for a clip that is too short', () => {
    const short = { ...INPUT, excluded: Uint8Array.of(0, 1, 0, 0) };
    expect(found([removal(1)], CONSTANT, short)).toContain('its rule asks for Infinity');
    expect(found([unsupported(1)], CONSTANT, short)).toBeUndefined();
  });
});
