import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy, seededRandom, writeNpy } from '@refrain/core';
import type { ComparisonReport } from '@refrain/pipeline';
import type { ComparisonPage, LeaksPage, PageData, PruningPage } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { jsonLines, newFolder } from './refrain.ts';

const CLIPS = 60;
const DIM = 12;

/** What stands in a page. */
async function dataIn<Page extends PageData = PruningPage>(folder: string): Promise<Page> {
  const html = await readFile(join(folder, 'report.html'), 'utf8');
  return JSON.parse(/id="refrain-data"[^>]*>(.*?)<\/script/s.exec(html)![1]!) as Page;
}

describe('the page of own embeddings', () => {
  let work: string;
  let text: string;
  const at = (...names: string[]) => join(work, ...names);
  const run = async (...args: string[]) =>
    (await runCommand([...args, '--quiet'], new AbortController().signal))!.result;

  beforeAll(async () => {
    work = await newFolder();
    const random = seededRandom('page');
    // Fifteen directions, four clips around each.
    const centres = Array.from({ length: CLIPS / 4 }, () => Array.from({ length: DIM }, () => random.uniform() - 0.5));
    const data = Float32Array.from({ length: CLIPS * DIM }, (_, i) => {
      return centres[Math.floor(i / DIM) % 15]![i % DIM]! + 0.05 * random.uniform();
    });
    // The last is a copy of the first, which goes before any other.
    data.copyWithin((CLIPS - 1) * DIM, 0, DIM);
    await writeNpy(at('my rows.npy'), { dtype: 'float32', shape: [CLIPS, DIM], data });
    const asked = ['--embeddings', at('my rows.npy'), '--threshold', '0.9', '--t', '1', '--output', at('pruned')];
    ({ text } = await run('prune', ...asked));
  });

  it('says what the folder says, and is named at the end, below the surest and the least sure removals', async () => {
    const page = await dataIn(at('pruned'));
    const metadata = JSON.parse(await readFile(at('pruned', 'metadata.json'), 'utf8'));
    const removed = await jsonLines<{ id: string; similarity: number; partner_id: string }>(
      at('pruned', 'removed.jsonl'),
    );
    expect(page.sizes).toMatchObject({ original: CLIPS, kept: metadata.pruned_size });
    expect([page.settings, page.files, page.timings]).toEqual([metadata.settings, metadata.files, metadata.timings_s]);
    expect(page.removals.clip).toHaveLength(removed.length);
    expect(removed.length).toBeGreaterThan(20);
    expect(page.audio).toEqual({ from: 'none' });
    expect(page.command).toMatch(
      /^refrain prune --embeddings '.*my rows\.npy' --threshold 0\.9 --t 1 --output .* --quiet$/,
    );
    const falling = [...removed].sort((a, b) => b.similarity - a.similarity);
    const named = [...falling.slice(0, 3), ...falling.slice(-3)];
    for (const { id, partner_id: partner, similarity } of named)
      expect(text).toMatch(new RegExp(`^${id} +${partner} +[a-z-]+ +${similarity.toFixed(3)}`, 'm'));
    expect(text.split('\n').slice(-2)).toEqual([at('pruned', 'report.html'), at('pruned')]);
  });

  it('has the map of the folder, whose hash is in metadata.json, and verify checks all but the page', async () => {
    const page = await dataIn(at('pruned'));
    const { shape, data } = await readNpy(at('pruned', 'projection.npy'));
    expect(shape).toEqual([CLIPS, 2]);
    const points = data as Float32Array;
    const axis = (d: number) => points.filter((_, i) => i % 2 === d);
    const least = [0, 1].map((d) => Math.min(...axis(d)));
    const width = Math.max(...[0, 1].map((d) => Math.max(...axis(d)) - least[d]!));
    for (const [i, value] of page.clips.projection!.entries())
      expect(value).toBeCloseTo((points[i]! - least[i % 2]!) / width, 4);
    const { json } = await run('verify', at('pruned'));
    expect(json).toMatchObject({ holds: true, repeated: true, uncovered: ['report.html'] });
  });

  it('is written anew from the folder alone, with a new map where there was none, and the folder holds', async () => {
    const before = await readFile(at('pruned', 'report.html'), 'utf8');
    await rm(at('pruned', 'report.html'));
    await run('report', at('pruned'));
    expect(await readFile(at('pruned', 'report.html'), 'utf8')).toBe(before);
    await run('prune', '--reuse', at('pruned'), '--output', at('old'), '--report', 'off');
    const names = await readdir(at('old'));
    for (const name of ['report.html', 'projection.npy', 'command.txt', 'sweep.tsv']) expect(names).not.toContain(name);
    await run('report', at('old'));
    expect((await dataIn(at('old'))).clips.projection).toEqual((await dataIn(at('pruned'))).clips.projection);
    const { json } = await run('verify', at('old'), '--jitter', '0');
    expect(json).toMatchObject({ holds: true, uncovered: ['projection.npy', 'report.html'] });
  });

  it.each(['0.3', '0.8'])('says of t = %s what pruning at it really does, and of the one that was taken', async (t) => {
    const { overT, overTheta } = await dataIn(at('pruned'));
    await run('prune', '--reuse', at('pruned'), '--t', t, '--output', at(`t${t}`), '--report', 'off');
    for (const [value, folder] of [
      [Number(t), `t${t}`],
      [1, 'pruned'],
    ] as const) {
      const { pruned_size: kept, decisions } = JSON.parse(await readFile(at(folder, 'metadata.json'), 'utf8'));
      const point = overT!.find((one) => one.value === value)!;
      expect([point.kept, point.worstSimilarity]).toEqual([kept, decisions.worstPartnerSimilarity]);
      expect([point.labelsLost, point.tracksLost, point.isTaken]).toEqual([0, null, value === 1]);
    }
    expect(overT!.map(({ value }) => value)).toEqual(Array.from({ length: 21 }, (_, i) => i / 20));
    expect(overT![0]).toMatchObject({ kept: CLIPS - 1, worstSimilarity: 1, jsd: 0, jsdBefore: 0 });
    const taken = overTheta!.filter(({ isTaken }) => isTaken);
    expect(taken).toEqual([expect.objectContaining({ kept: overT!.at(-1)!.kept })]);
  });

  it('is refused where a file it is made of is another than was written', async () => {
    await cp(at('pruned'), at('changed'), { recursive: true });
    await writeFile(at('changed', 'command.txt'), 'refrain prune --t 0\n');
    await expect(run('report', at('changed'))).rejects.toThrow(/command\.txt is not the file that was written/);
    expect((await run('verify', at('changed'))).text).toMatch(/does not hold: command\.txt/);
  });

  it('is there where nothing goes', async () => {
    const { text: said } = await run(
      'prune',
      '--reuse',
      at('pruned'),
      '--t',
      '0',
      '--duplicates',
      'keep',
      '--output',
      at('all'),
    );
    expect((await dataIn(at('all'))).removals.clip).toEqual([]);
    expect(said).not.toContain('removed clips');
  });

  it('of a comparison has the figures of results.json', async () => {
    const clips = Array.from({ length: CLIPS }, (_, i) => {
      const split = i < 40 ? 'train' : i % 2 === 0 ? 'valid' : 'test';
      return { path: `${i}.wav`, split, tags: [i % 3 === 0 ? 'odd' : 'even'] };
    });
    await writeFile(at('all.jsonl'), clips.map((clip) => `${JSON.stringify(clip)}\n`).join(''));
    await writeFile(at('ids.txt'), clips.map(({ path }) => `${path}\n`).join(''));
    const dataset = ['--dataset', 'manifest', '--dataset-dir', at('all.jsonl')];
    const asked = ['--embeddings', at('my rows.npy'), '--ids', at('ids.txt'), ...dataset, '--keep', '60%'];
    asked.push('--draws', '2', '--finetuner-max-epochs', '2', '--budget', 'epochs', '--workers', '1');
    const { text: said } = await run('compare', ...asked, '--output', at('compared'));
    expect(said.split('\n').slice(-2)).toEqual([at('compared', 'report.html'), at('compared')]);
    const report = JSON.parse(await readFile(at('compared', 'results.json'), 'utf8')) as ComparisonReport;
    const page = await dataIn<ComparisonPage>(at('compared'));
    expect(page).toMatchObject({ kind: 'comparison', name: report.dataset, versions: report.versions });
    const [{ rows, evaluator, trainClips }] = page.comparisons as [ComparisonPage['comparisons'][number]];
    expect([evaluator, trainClips]).toEqual([report.evaluator, 40]);
    expect(rows.map(({ kept, metrics }) => ({ kept, metrics }))).toEqual(
      report.rows.map(({ kept, results }) => ({ kept, metrics: results[report.parts[0]!.name] })),
    );
    expect(rows.map(({ role }) => role)).toEqual(['whole', 'random', 'random', 'strategy']);
    const found = report.rows.at(-1)!.against!.random![report.parts[0]!.name]!;
    expect(Object.keys(found).length).toBeGreaterThan(0);
    for (const [metric, { difference, interval, verdict }] of Object.entries(found))
      expect(rows.at(-1)!.differences[metric]).toEqual({
        difference,
        low: interval[0],
        high: interval[1],
        of: 'seeds',
        verdict,
      });
  });

  it('of a comparison is written anew, without the command line, and refused where results.json is broken', async () => {
    const { command, ...before } = await dataIn<ComparisonPage>(at('compared'));
    expect(command).toMatch(/^refrain compare /);
    await rm(at('compared', 'report.html'));
    await run('report', at('compared'));
    expect(await dataIn(at('compared'))).toEqual(before);
    await expect(run('report', at('compared'), '--serve')).rejects.toThrow(/--serve: .*no clips to hear/);
    await writeFile(at('compared', 'results.json'), '{"dataset": "x", "evaluator": 1}');
    await expect(run('report', at('compared'))).rejects.toThrow(/results\.json: "evaluator"/);
  });

  it('of leaks has the sums that it names', async () => {
    const clip = (name: string, split: string) => ({ path: `${name}.wav`, split, track: name[0] });
    const rows = [clip('a1', 'train'), clip('a2', 'test'), clip('b1', 'train'), clip('c1', 'valid')];
    await writeFile(at('clips.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
    const source = ['--dataset', 'manifest', '--dataset-dir', at('clips.jsonl'), '--metadata-only'];
    const { json } = await run('leaks', ...source, '--output', at('leaks'));
    const page = await dataIn<LeaksPage>(at('leaks'));
    expect(page).toMatchObject({ kind: 'leaks', name: 'manifest', sizes: { train: 2, valid: 1, test: 1 }, pairs: [] });
    expect(page.shared).toEqual([{ kind: 'track', splits: ['train', 'test'], shared: 1, clips: [1, 1] }]);
    expect((json as { sharing: unknown[] }).sharing).toEqual(expect.arrayContaining([...page.shared]));
  });
});
