import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { readGrid } from './compareGrid.ts';

async function runFile(content: object): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'refrain-plan-')), 'run.json');
  await writeFile(path, JSON.stringify(content));
  return path;
}

describe('the grid of a comparison', () => {
  it('is made of lists, each value once', async () => {
    const { grid, options, rest } = await readGrid({
      ...{ pruner: 'coverage, random', t: '0.5,1,0.50', keep: '75%,0.75', noise: 'keep,prune' },
      ...{ budget: 'steps', 'resample-by': 'artist', seed: '7', evaluator: 'knn' },
    });
    expect(grid).toEqual({ strategies: ['coverage', 'random'], t: [0.5, 1], keep: [0.75], noise: ['keep', 'prune'] });
    expect(options).toEqual({});
    expect(rest).toEqual({ budget: 'steps', 'resample-by': 'artist', seed: '7', evaluator: ['knn'] });
  });

  it('has the usual strategy and shares where nothing is said', async () => {
    const { grid } = await readGrid({});
    expect(grid).toEqual({ strategies: ['jensen-shannon'], t: [], keep: [0.75, 0.5, 0.25], noise: [] });
  });

  it('takes options of strategies off the settings, which know one strategy only', async () => {
    const { options, rest } = await readGrid({ 'pruner.epsilon': '0.1', threshold: '0.9', 'encoder.mel': '4' });
    expect(options).toEqual({ epsilon: '0.1', threshold: '0.9' });
    expect(rest).toEqual({ 'encoder.mel': '4', evaluator: ['linear-probe'] });
  });

  it('reads a run file, whose t a --keep replaces', async () => {
    const config = await runFile({
      pruner: { use: 'semdedup', epsilon: 0.1, t: 0.5 },
      seed: 3,
      plugins: ['./mine.js'],
    });
    const { grid, options, rest } = await readGrid({ config, keep: '0.5', plugin: ['other'] });
    expect(grid).toEqual({ strategies: ['semdedup'], t: [], keep: [0.5], noise: [] });
    expect(options).toEqual({ epsilon: 0.1 });
    expect(rest).toEqual({ seed: 3, plugin: ['./mine.js', 'other'], evaluator: ['linear-probe'] });
    expect((await readGrid({ config })).grid.t).toEqual([0.5]);
    expect((await readGrid({ config: await runFile({ keep: [0.5, '25%'] }), t: '1' })).grid).toMatchObject({
      t: [1],
      keep: [],
    });
  });

  it.each([
    [{ t: 'x' }, '--t x: expected numbers from 0 to 1'],
    [{ t: '1.5' }, '--t 1.5: expected numbers from 0 to 1'],
    [{ t: '0.5,' }, '--t 0.5,: there is an empty place'],
    [{ keep: '2' }, '`keep`: expected a share of at most 1 or 100%; did you mean 2%?'],
    [{ keep: '0' }, '`keep`: Too small: expected number to be >0'],
    [{ noise: 'maybe' }, '--noise maybe: expected some of prune, keep, recluster'],
  ])('refuses %j', async (given, sentence) => {
    await expect(readGrid(given)).rejects.toThrow(ConfigError);
    await expect(readGrid(given)).rejects.toThrow(sentence);
  });
});
