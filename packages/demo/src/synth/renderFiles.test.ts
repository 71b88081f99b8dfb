import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Host, quietHost } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { composeCorpus } from '../corpus/corpus.ts';
import { renderingOf } from '../corpus/renderCorpus.ts';
import { renderFiles } from './renderFiles.ts';

const SECONDS = 0.3;
const WAV_BYTES = 44 + 2 * 0.3 * 22_050;

describe('renderFiles on two threads', () => {
  // More than a single thread is started for.
  const clips = composeCorpus(0).clips.slice(0, 40);
  let dir: string;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'refrain-demo-'));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const render = (name: string, host: Partial<Host>) => {
    const files = clips.map((clip, i) => ({ ...renderingOf(clip, SECONDS), path: join(dir, name, `${i}.wav`) }));
    return renderFiles(files, quietHost({ workers: 2, ...host }));
  };

  it('writes what one thread writes', async () => {
    await render('one', { workers: 1 });
    await render('two', {});
    for (const i of clips.keys()) {
      const [one, two] = await Promise.all(
        ['one', 'two'].map((name) => readFile(join(dir, name, `${i}.wav`), 'latin1')),
      );
      expect(two).toHaveLength(WAV_BYTES);
      expect(two).toBe(one);
    }
  });

  it('stops when the user does, leaving whole files only', async () => {
    const controller = new AbortController();
    const progress = () => ({ advance: () => controller.abort(new Error('enough')), end() {} });
    await expect(render('aborted', { signal: controller.signal, progress })).rejects.toThrow('enough');
    const names = await readdir(join(dir, 'aborted'));
    // Of each thread the one that it was at.
    expect(names.length).toBeLessThanOrEqual(2);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect((await stat(join(dir, 'aborted', name))).size).toBe(WAV_BYTES);
  });

  it('says which file could not be written', async () => {
    await expect(render(join('one', '0.wav'), {})).rejects.toThrow(join(dir, 'one', '0.wav'));
  });
});
