import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '@refrain/core';
import type { ComparisonReport, ComparisonRow } from '@refrain/pipeline';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { writeClip } from './fixtures/clips.ts';
import { newFolder } from './refrain.ts';

const SPLITS = { train: 24, valid: 4, test: 6 };
/** Train clips with the tag `rare`. */
const RARE = [2, 9, 14, 21];

describe('refrain compare with rules for what is kept', () => {
  let work: string;
  let source: readonly string[];

  beforeAll(async () => {
    work = await newFolder();
    await mkdir(join(work, 'audio'));
    const rows = Object.entries(SPLITS).flatMap(([split, clips]) =>
      Array.from({ length: clips }, (_, i) => ({
        path: `audio/${split}${i}.wav`,
        split,
        // Three clips a track.
        track: `${split} ${Math.floor(i / 3)}`,
        tags: [i % 2 === 0 ? 'even' : 'odd', ...(split !== 'train' || RARE.includes(i) ? ['rare'] : [])],
      })),
    );
    for (const { path } of rows) await writeClip(join(work, path), path);
    await writeFile(join(work, 'clips.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    source = ['--dataset', 'manifest', '--dataset-dir', join(work, 'clips.jsonl')];
  });

  let count = 0;
  const compare = async (...more: string[]) => {
    const output = join(work, `out-${count++}`);
    const short = ['--draws', '3', '--finetuner-max-epochs', '2', '--workers', '1', '--budget', 'epochs', '--quiet'];
    const args = ['compare', ...source, '--cache-dir', join(work, 'cache'), '--output', output, ...short, ...more];
    const outcome = await runCommand(args, new AbortController().signal);
    const { text, json } = outcome!.result;
    return { text: text.replace(/\s+/g, ' '), report: json as ComparisonReport, output };
  };
  const rowOf = ({ rows }: ComparisonReport, role: ComparisonRow['role'], strategy: string) =>
    rows.find((row) => row.role === role && row.strategy === strategy)!;
  const positives = (report: ComparisonReport, row: ComparisonRow, tag: string) =>
    row.positives[report.classes.indexOf(tag)]!;

  it('holds the strategies to them, at the same size, and not the random sets', async () => {
    const { report, text, output } = await compare('--keep', '50%', '--min-per-label', '4');
    const row = rowOf(report, 'strategy', 'jensen-shannon');
    expect(row.kept).toBe(12);
    expect(row.unmet).toBeUndefined();
    for (const tag of ['even', 'odd']) expect(positives(report, row, tag)).toBeGreaterThanOrEqual(4);
    expect(positives(report, row, 'rare')).toBe(4);
    const random = rowOf(report, 'baseline', 'random');
    expect(random.kept).toBe(12);
    expect(positives(report, random, 'rare')).toBeLessThan(4);

    const without = (await compare('--keep', '50%')).report;
    expect(positives(without, rowOf(without, 'strategy', 'jensen-shannon'), 'rare')).toBeLessThan(4);
    // What random sets are drawn does not hang on the rules.
    expect(rowOf(without, 'baseline', 'random')).toEqual(random);

    expect(report.rules).toEqual({ 'min-per-label': 4 });
    const sentence = 'Strategies were held to --min-per-label 4; random sets were not.';
    expect(text).toContain(sentence);
    // Files name options as the library does.
    const written = sentence.replace('--min-per-label', '`min-per-label`');
    for (const file of ['results.md', 'results.tex'])
      expect((await readFile(join(output, file), 'utf8')).replace(/\\/g, '').replace(/\{\}/g, '')).toContain(written);
  });

  it('follows a person’s decisions', async () => {
    const overrides = join(work, 'overrides.jsonl');
    const decide = (id: number, decision: string) => JSON.stringify({ id: `audio/train${id}.wav`, decision });
    const all = [...RARE.slice(0, 3).map((id) => decide(id, 'remove')), decide(RARE[3]!, 'keep')];
    await writeFile(overrides, all.join('\n'));
    const { report } = await compare('--keep', '50%', '--pruner', 'coverage', '--overrides', overrides);
    const row = rowOf(report, 'strategy', 'coverage');
    expect([row.kept, positives(report, row, 'rare')]).toEqual([12, 1]);
  });

  it('says what could not hold, and for which row', async () => {
    const { report, text, output } = await compare('--t', '0.5', '--max-per-track', '1', '--min-per-label', '10');
    const row = rowOf(report, 'strategy', 'jensen-shannon');
    // Eight tracks of three clips.
    expect(row.kept).toBe(8);
    expect(row.unmet).toEqual([
      expect.stringMatching(/^`minPerLabel` could not be met \d times, because `maxPerGroup\.track`/),
    ]);
    expect(rowOf(report, 'baseline', 'random').kept).toBe(8);
    expect(text).toContain('In 1 case one of them could not be met everywhere: results.md says where.');
    expect(await readFile(join(output, 'results.md'), 'utf8')).toMatch(
      /Rules that could not be met everywhere:\n\n- jensen-shannon t=0\.5: \\`minPerLabel\\` could not be met/,
    );
  });

  it('leaves out a size at which they cannot hold', async () => {
    const overrides = join(work, 'most.jsonl');
    const most = Array.from({ length: 12 }, (_, id) =>
      JSON.stringify({ id: `audio/train${id}.wav`, decision: 'keep' }),
    );
    await writeFile(overrides, most.join('\n'));
    const { report } = await compare('--keep', '75%,25%', '--overrides', overrides);
    expect(report.rows.filter(({ role }) => role === 'strategy').map(({ kept }) => kept)).toEqual([18]);
    expect(report.refused).toEqual([
      { strategy: 'jensen-shannon', asked: { keep: 0.25 }, why: expect.stringMatching(/12/) },
    ]);
    const before = await readdir(work);
    await expect(compare('--keep', '25%', '--overrides', overrides)).rejects.toThrow(ConfigError);
    expect(await readdir(work)).toEqual(before);
  });
});
