import { describe, expect, it } from 'vitest';
import { gridPoints } from './grid.ts';

const OPTIONS: Readonly<Record<string, readonly string[]>> = {
  divergent: ['t', 'noise', 'kappa'],
  covering: ['noise'],
  random: ['fraction'],
};
const assembly = { optionNames: (_: string, name: string) => OPTIONS[name] ?? [] };
const none = { t: [], keep: [], noise: [] };
const said = (points: ReturnType<typeof gridPoints>) =>
  points.map(({ choice, asked, recluster }) => [choice.use, asked, choice.options, recluster]);

describe('a grid', () => {
  it('gives every strategy each share', () => {
    const points = gridPoints({ ...none, strategies: ['random', 'divergent'], keep: [0.5, 0.25] }, {}, assembly);
    expect(said(points)).toEqual([
      ['divergent', { keep: 0.5 }, {}, false],
      ['divergent', { keep: 0.25 }, {}, false],
      ['random', { keep: 0.5 }, {}, false],
      ['random', { keep: 0.25 }, {}, false],
    ]);
  });

  it('gives t to whom it belongs, and the others the size that came of it', () => {
    const points = gridPoints({ ...none, strategies: ['random', 'divergent'], t: [0.3, 1] }, {}, assembly);
    expect(said(points)).toEqual([
      ['divergent', { t: 0.3 }, { t: 0.3 }, false],
      ['divergent', { t: 1 }, { t: 1 }, false],
      ['random', { 'size of t': 0.3 }, {}, false],
      ['random', { 'size of t': 1 }, {}, false],
    ]);
    expect(points[2]!.asManyAs).toBe(points[0]);
    expect(points[3]!.asManyAs).toBe(points[1]);
  });

  it('varies the policy for noise where a strategy knows it, and clusters again for all', () => {
    const noise = ['prune', 'keep', 'recluster'];
    const points = gridPoints({ strategies: ['covering', 'random'], t: [], keep: [0.5], noise }, {}, assembly);
    expect(said(points)).toEqual([
      ['covering', { keep: 0.5, noise: 'prune' }, { noise: 'prune' }, false],
      ['covering', { keep: 0.5, noise: 'keep' }, { noise: 'keep' }, false],
      ['covering', { keep: 0.5, noise: 'recluster' }, { noise: 'prune' }, true],
      ['random', { keep: 0.5 }, {}, false],
      ['random', { keep: 0.5, noise: 'recluster' }, {}, true],
    ]);
  });

  it('hands on options to those that have them', () => {
    const points = gridPoints({ ...none, strategies: ['divergent', 'random'], keep: [0.5] }, { kappa: 0.9 }, assembly);
    expect(points.map(({ choice }) => choice.options)).toEqual([{ kappa: 0.9 }, {}]);
  });

  it('takes each strategy once, and refuses t where none has it', () => {
    const twice = gridPoints({ ...none, strategies: ['random', 'random'], keep: [0.5] }, {}, assembly);
    expect(twice).toHaveLength(1);
    expect(() => gridPoints({ ...none, strategies: ['random', 'covering'], t: [0.5] }, {}, assembly)).toThrow(
      '`t`: none of random, covering has a t; say with `keep` how much is to stay.',
    );
  });

  it('takes the size of the leader under the same policy for noise', () => {
    const plain = { optionNames: (_: string, name: string) => (name === 'divergent' ? ['t'] : []) };
    const noise = ['prune', 'recluster'];
    const points = gridPoints({ strategies: ['divergent', 'random'], t: [1], keep: [], noise }, {}, plain);
    expect(points.map(({ choice, recluster }) => [choice.use, recluster])).toEqual([
      ['divergent', false],
      ['divergent', true],
      ['random', false],
      ['random', true],
    ]);
    expect([points[2]!.asManyAs, points[3]!.asManyAs]).toEqual([points[0], points[1]]);
    expect(points[3]!.asManyAs).toBe(points[1]);
  });

  it('refuses an option, and a policy for noise, that no strategy has', () => {
    const grid = { ...none, strategies: ['random', 'covering'], keep: [0.5] };
    expect(() => gridPoints(grid, { kappa: 0.9 }, assembly)).toThrow(
      '`pruner.kappa`: none of random, covering has that option.',
    );
    expect(() => gridPoints({ ...grid, strategies: ['random'], noise: ['keep'] }, {}, assembly)).toThrow(
      '`noise` keep: none of random has policies for noise; leave it out.',
    );
  });
});
