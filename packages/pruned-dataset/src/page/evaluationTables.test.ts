import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { differencesOf, evaluationTables } from './evaluationTables.ts';

const figure = (...values: (number | null)[]) => ({ mean: values[0]!, sd: null, values });

describe('differences of pruned and random', () => {
  it('are none of seeds alone, which say nothing of other test clips', () => {
    expect(differencesOf({ auc: figure(0.5, 0.6, 0.7) }, { auc: figure(0.4, 0.5, 0.65) })).toEqual({});
  });

  it('are where one value lies in the middle 95 % of the draws', () => {
    const draws = Array.from({ length: 101 }, (_, i) => ((i * 37) % 101) / 100);
    const { coverage } = differencesOf({ coverage: figure(0.9) }, { coverage: figure(...draws) });
    expect(coverage!.difference).toBeCloseTo(0.4, 12);
    expect([coverage!.low, coverage!.high]).toEqual([expect.closeTo(0.9 - 0.975, 12), expect.closeTo(0.9 - 0.025, 12)]);
    expect(coverage!.of).toBe('draws');
  });

  it('are none where a value is undefined, or there is but one', () => {
    expect(differencesOf({ a: figure(null) }, { a: figure(1, 2) })).toEqual({});
    expect(differencesOf({ a: figure(1) }, { a: figure(1, null) })).toEqual({});
    expect(differencesOf({ a: figure(1) }, { a: figure(1) })).toEqual({});
    expect(differencesOf({ a: figure(1) }, {})).toEqual({});
  });
});

describe('the tables of an evaluation', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-tables-'));
    await mkdir(join(folder, 'evaluation'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const write = (name: string, text: string) => writeFile(join(folder, 'evaluation', name), text);

  it('take the intervals that the run states', async () => {
    const metrics = { auc: { mean: 0.5, sd: 0.1, values: [0.4, 0.6] } };
    const differences = { auc: { difference: 0.25, interval: [-0.5, 1], verdict: 'no difference' } };
    const sets = [
      { set: 'pruned', clips: 7, metrics, differences },
      { set: 'random', clips: 7, metrics },
    ];
    await write('results.json', JSON.stringify(sets));
    expect((await evaluationTables(folder))?.differences).toEqual({
      auc: { difference: 0.25, low: -0.5, high: 1, of: 'seeds' },
    });
    await rm(join(folder, 'evaluation', 'results.json'));
  });

  it('are those of results.json and per_tag.tsv', async () => {
    expect(await evaluationTables(folder)).toBeUndefined();
    const metrics = { auc: { mean: 0.5, sd: 0.1, values: [0.4, 0.6] }, none: { mean: null, sd: null, values: [null] } };
    await write('results.json', JSON.stringify([{ set: 'whole', clips: 7, metrics, details: { x: 1 } }]));
    expect(await evaluationTables(folder)).toEqual({ sets: [{ set: 'whole', clips: 7, metrics }], differences: {} });
    await write('per_tag.tsv', 'tag\twhole positives\twhole AUC\ncello\t3\t0.250000\nno beat\t0\tn/a\n');
    expect((await evaluationTables(folder))?.perTag).toEqual({
      tags: ['cello', 'no beat'],
      columns: { 'whole positives': [3, 0], 'whole AUC': [0.25, null] },
    });
  });

  it.each(['{', '{}', '[{"set":"whole"}]'])('are refused where results.json is %s', async (text) => {
    await write('results.json', text);
    await expect(evaluationTables(folder)).rejects.toSatisfy(
      (error) => error instanceof DataError && error.message.includes('results.json'),
    );
  });
});
