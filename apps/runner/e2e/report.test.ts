import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readNpy, seededRandom, writeNpy } from '@refrain/core';
import type { PruningPage } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { jsonLines, newFolder } from './refrain.ts';

const CLIPS = 60;
const DIM = 12;

/** What stands in a page. */
async function dataIn(folder: string): Promise<PruningPage> {
  const html = await readFile(join(folder, 'report.html'), 'utf8');
  return JSON.parse(/id="refrain-data"[^>]*>(.*?)<\/script/s.exec(html)![1]!) as PruningPage;
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
    const [left, low] = [0, 1].map((d) => Math.min(...points.filter((_, i) => i % 2 === d)));
    const map = page.clips.projection!;
    expect([Math.min(...map), Math.max(...map)]).toEqual([0, 1]);
    const scale = map[0]! === 0 ? map[1]! / (points[1]! - low!) : map[0]! / (points[0]! - left!);
    for (const i of map.keys()) expect(map[i]).toBeCloseTo((points[i]! - (i % 2 === 0 ? left! : low!)) * scale, 3);
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
    for (const name of ['report.html', 'projection.npy', 'command.txt']) expect(names).not.toContain(name);
    await run('report', at('old'));
    expect((await dataIn(at('old'))).clips.projection).toEqual((await dataIn(at('pruned'))).clips.projection);
    const { json } = await run('verify', at('old'), '--jitter', '0');
    expect(json).toMatchObject({ holds: true, uncovered: ['projection.npy', 'report.html'] });
  });

  it('is refused where a file it is made of is another than was written', async () => {
    await run('prune', '--reuse', at('pruned'), '--output', at('changed'));
    await writeFile(at('changed', 'command.txt'), 'refrain prune --t 0\n');
    await expect(run('report', at('changed'))).rejects.toThrow(/command\.txt is not the file that was written/);
    expect((await run('verify', at('changed'))).text).toMatch(/does not hold: command\.txt/);
  });

  it('is there where nothing goes', async () => {
    const { text: said } = await run('prune', '--reuse', at('pruned'), '--t', '0', '--output', at('all'));
    expect((await dataIn(at('all'))).removals.clip).toEqual([]);
    expect(said).not.toContain('removed clips');
  });
});
