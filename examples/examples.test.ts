import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { encodeWav } from '@refrain/audio';
import { seededRandom } from '@refrain/core';
import { expect, it, vi } from 'vitest';

const SCRIPT = fileURLToPath(new URL('./prune-a-folder.ts', import.meta.url));
const FROM_SOURCE = fileURLToPath(import.meta.resolve('@refrain/core/from-source'));

it('prune-a-folder prunes a folder of audio, prunes again, writes and verifies, in at most 15 lines', async () => {
  expect((await readFile(SCRIPT, 'utf8')).trimEnd().split('\n').length).toBeLessThanOrEqual(15);
  const work = await folderWithClips();
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', FROM_SOURCE, SCRIPT], {
    cwd: work,
    // Of the sources, with threads of the sources, as from a clone.
    env: { ...process.env, REFRAIN_TEST_BUILT: undefined, XDG_CACHE_HOME: join(work, 'cache') },
  });
  expect(stdout).toMatch(/(a\.wav goes, copy of a\.wav|copy of a\.wav goes, a\.wav) stays for it \(1\)/);
  expect(stdout).toMatch(/% less, and the folder holds\n$/);
  const { pruned_size: size } = JSON.parse(await readFile(join(work, 'pruned', 'metadata.json'), 'utf8'));
  expect(size).toBeLessThan(4);
});

it('the script of the first page prunes, prunes again and writes', async () => {
  const work = await folderWithClips();
  const before = process.cwd();
  process.chdir(work);
  vi.stubEnv('XDG_CACHE_HOME', join(work, 'cache'));
  try {
    await import('./library/prune.ts');
  } finally {
    vi.unstubAllEnvs();
    process.chdir(before);
  }
  const { pruned_size: size, settings } = JSON.parse(await readFile(join(work, 'pruned', 'metadata.json'), 'utf8'));
  expect([size, settings.pruner.t]).toEqual([3, 0.8]);
});

/** A folder with `clips` in it: three sounds, and one of them twice. */
async function folderWithClips(): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'refrain-examples-'));
  await mkdir(join(work, 'clips'));
  for (const name of ['a', 'b', 'c']) {
    const { uniform } = seededRandom(name);
    const samples = Float32Array.from({ length: 24_000 }, (_, i) => (uniform() - 0.5) * Math.sin(i / 900));
    await writeFile(join(work, 'clips', `${name}.wav`), encodeWav({ samples, sampleRate: 8000 }));
  }
  await copyFile(join(work, 'clips', 'a.wav'), join(work, 'clips', 'copy of a.wav'));
  return work;
}
