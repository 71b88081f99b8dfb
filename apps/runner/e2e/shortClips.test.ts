import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav, readAudioFile } from '@refrain/audio';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import type { ClipRecord, Metadata } from '@refrain/pruned-dataset';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { writeNoise } from './fixtures/clips.ts';
import { jsonLines, newFolder, withoutPage } from './refrain.ts';

/** What a run of `prune` on audio left in its folder. */
interface Pruned {
  readonly metadata: Metadata & { readonly settings: { readonly encoder: { readonly segmentSeconds?: number } } };
  readonly clips: readonly ClipRecord[];
  readonly removed: string;
  readonly json: { readonly encoded?: number };
  readonly warnings: readonly string[];
}

async function prune(work: string, name: string, paths: readonly string[], ...options: string[]): Promise<Pruned> {
  const manifest = join(work, `${name}.jsonl`);
  await writeFile(manifest, paths.map((path) => `${JSON.stringify({ path })}\n`).join(''));
  const output = join(work, name);
  const source = ['--dataset', 'manifest', '--dataset-dir', manifest, '--cache-dir', join(work, 'cache')];
  const args = ['prune', ...source, '--workers', '1', '--quiet', '--output', output, ...options];
  const { json, warnings = [] } = (await runCommand(withoutPage(args), new AbortController().signal))!.result;
  return {
    metadata: JSON.parse(await readFile(join(output, 'metadata.json'), 'utf8')),
    clips: await jsonLines<ClipRecord>(join(output, 'clips.jsonl')),
    removed: await readFile(join(output, 'removed.jsonl'), 'utf8'),
    json,
    warnings,
  };
}

describeWithData('esc10-dev', 'sounds of five seconds', () => {
  const PLANTED = 4;
  let work: string;
  let paths: string[];
  let found: Pruned;

  beforeAll(async () => {
    work = await newFolder();
    const folder = testDataPath('esc10-dev', 'audio', 'dog_bark');
    const sounds = (await readdir(folder)).sort().map((name) => join(folder, name));
    const quieter = sounds.slice(0, PLANTED).map((_, i) => join(work, `quieter-${i}.wav`));
    for (const [i, path] of quieter.entries()) {
      const { samples, sampleRate } = await readAudioFile(sounds[i]!);
      await writeFile(path, encodeWav({ samples: samples.map((sample) => sample / 2), sampleRate }));
    }
    paths = [...sounds, ...quieter];
    found = await prune(work, 'in-order', paths, '--t', '1');
  });

  it('are compared by segments of half a second, ten a clip, so that each has a reliability of its own', () => {
    expect(found.metadata.settings.encoder.segmentSeconds).toBe(0.5);
    expect(found.metadata.encoder_fingerprint).toBe('mfcc-2-22050-11025-11025');
    expect(new Set(found.clips.map(({ reliability }) => reliability)).size).toBeGreaterThan(paths.length / 2);
    expect(found.warnings).toContain(
      'Half of the clips are no longer than 5.0 s, so they are embedded with --encoder.segmentSeconds 0.5.',
    );
    expect(found.metadata.decisions).toMatchObject({ theta: 'reliability' });
  });

  it('are found again at half the volume: of the two only one stays', () => {
    const removed = found.removed.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line).path as string]));
    const pairs = paths.slice(-PLANTED).map((quieter, i) => [paths[i]!, quieter]);
    expect(pairs.filter((pair) => pair.some((path) => removed.includes(path)))).toHaveLength(PLANTED);
  });

  it('give the same result in another order, from the cache', async () => {
    const again = await prune(work, 'backward', [...paths].reverse(), '--t', '1');
    expect(again.json.encoded).toBe(0);
    const sorted = (text: string) => text.split('\n').sort();
    expect(sorted(again.removed.replaceAll(/"group":\d+,/g, ''))).toEqual(
      sorted(found.removed.replaceAll(/"group":\d+,/g, '')),
    );
  });
});

describe('the length of segments', () => {
  const MFCC = ['--encoder', 'mfcc'];
  let work: string;
  let long: string[];
  let short: string[];

  beforeAll(async () => {
    work = await newFolder();
    const clip = (seconds: number) => async (_: unknown, i: number) => {
      const path = join(work, `${seconds}-${i}.wav`);
      await writeNoise(path, path, seconds);
      return path;
    };
    long = await Promise.all(Array.from({ length: 5 }, clip(12)));
    short = await Promise.all(Array.from({ length: 4 }, clip(2)));
  });

  it('is one second where most clips have eight of them, whatever the others are, and nothing is embedded twice', async () => {
    const { metadata, json, warnings } = await prune(work, 'mostly-long', [...short, ...long], ...MFCC);
    expect(metadata.settings.encoder.segmentSeconds).toBe(1);
    expect(metadata.encoder_fingerprint).toBe('mfcc-2-22050-22050-22050');
    expect(json.encoded).toBe(9);
    expect(warnings.join()).not.toContain('segmentSeconds');
  });

  it('is that of the base where there is one', async () => {
    await prune(work, 'base', long.slice(0, 2), ...MFCC);
    const grown = await prune(work, 'grown', [...long.slice(0, 2), ...short], '--base', join(work, 'base'));
    expect(grown.metadata.settings.encoder.segmentSeconds).toBe(1);
  });

  it('is what the user says', async () => {
    const { metadata } = await prune(work, 'said', short, '--encoder.segmentSeconds', '3');
    expect(metadata.settings.encoder.segmentSeconds).toBe(3);
  });
});
