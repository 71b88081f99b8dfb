import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { seededRandom } from '@refrain/core';
import type { ClipRecord, RemovedRecord } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { jsonLines, newFolder } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

const RATE = 16_000;

/** Four seconds of noise, the same for all; every so many samples one is cut off at full scale. */
async function writeNoise(path: string, clippedEvery: number): Promise<void> {
  const { uniform } = seededRandom('noise');
  const samples = Float32Array.from({ length: 4 * RATE }, (_, i) => {
    const value = uniform() - 0.5;
    return (i + 1) % clippedEvery === 0 ? 1 : value;
  });
  await writeFile(path, encodeWav({ samples, sampleRate: RATE }));
}

describe('of clips that stand for each other', () => {
  let work: string;
  beforeAll(async () => {
    work = await newFolder();
    await mkdir(join(work, 'clips'));
    const clip = (name: string) => join(work, 'clips', name);
    await writeNoise(clip('a-cut-off.wav'), 400);
    await writeNoise(clip('b-whole.wav'), Infinity);
  });

  const prune = async (name: string, rules: readonly string[]) => {
    const output = join(work, name);
    const source = ['--dataset', 'audio', '--dataset-dir', join(work, 'clips'), '--cache-dir', join(work, 'cache')];
    const how = ['--space', 'raw', '--threshold', '0.5', '--t', '1'];
    const { status, stderr } = await refrainHere(['prune', ...source, ...how, ...rules, '--output', output]);
    expect(stderr).not.toMatch(/error/);
    expect(status).toBe(0);
    const clips = await jsonLines<ClipRecord>(join(output, 'clips.jsonl'));
    const removed = await jsonLines<RemovedRecord>(join(output, 'removed.jsonl'));
    return { clips, removed: removed.map(({ id }) => id.replace(/\.wav$/, '')), output };
  };

  it('the one with fewer samples at full scale stays where that is the rule', async () => {
    const { clips, removed, output } = await prune('clipping', ['--keep-rules', 'clipping']);
    expect(removed).toEqual(['a-cut-off']);
    const [cut, whole] = clips;
    expect([cut!.sample_rate, cut!.seconds, cut!.clipping]).toEqual([RATE, 4, 1 / 400]);
    expect(whole!.clipping).toBe(0);
    expect((await refrainHere(['verify', output])).status).toBe(0);
  });

  it('the first stays where no rule tells them apart', async () => {
    const { removed } = await prune('rate', ['--keep-rules', 'rate']);
    expect(removed).toEqual(['b-whole']);
  });
});
