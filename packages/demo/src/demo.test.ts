import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, parseOptions, quietHost } from '@refrain/core';
import { testDataset } from '@refrain/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Corpus, composeCorpus } from './corpus/corpus.ts';
import { fileOf, renderCorpus } from './corpus/renderCorpus.ts';
import { datasetOf, demo } from './demo.ts';

describe('the demo dataset', () => {
  let dir: string;
  let corpus: Corpus;
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'refrain-demo-'));
    const whole = composeCorpus(0);
    corpus = { ...whole, clips: whole.clips.slice(0, 3) };
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  testDataset(async () => {
    await renderCorpus(corpus, dir, quietHost());
    return datasetOf(corpus, dir);
  });

  it('groups clips by track', () => {
    for (const { id, groups } of datasetOf(corpus, dir).clips) expect(id.startsWith(`${groups!.track}/`)).toBe(true);
  });

  it('renders only what is missing', async () => {
    await renderCorpus(corpus, dir, quietHost());
    const [kept, lost] = [fileOf(dir, corpus.clips[0]!), fileOf(dir, corpus.clips[1]!)];
    const [before, content] = [await stat(kept), await readFile(lost, 'latin1')];
    await rm(lost);
    const steps: string[] = [];
    const progress = (label: string, total: number, unit: string) => {
      steps.push(`${label}: ${total} ${unit}`);
      return { advance: () => steps.push('clip'), end: () => steps.push('end') };
    };
    await renderCorpus(corpus, dir, quietHost({ progress }));
    expect(steps).toEqual(['rendering demo music: 1 clips', 'clip', 'end']);
    expect((await stat(kept)).mtimeMs).toBe(before.mtimeMs);
    expect(await readFile(lost, 'latin1')).toBe(content);
  });

  it('stops when the user does, leaving nothing half done', async () => {
    const folder = join(dir, 'aborted');
    const controller = new AbortController();
    const progress = () => ({ advance: () => controller.abort(new Error('enough')), end() {} });
    await expect(renderCorpus(corpus, folder, quietHost({ signal: controller.signal, progress }))).rejects.toThrow(
      'enough',
    );
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.includes('.'));
    expect(files).toHaveLength(2);
    expect(files).toContain('index.json');
  });

  it('refuses a folder with other music', async () => {
    await renderCorpus(corpus, dir, quietHost());
    const error = await renderCorpus({ ...corpus, hash: 'another' }, dir, quietHost()).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toContain(dir);
  });

  it('has checked options', () => {
    expect(parseOptions(demo.options, {}, 'dataset')).toEqual({ seed: 0 });
    expect(() => parseOptions(demo.options, { seed: -1 }, 'dataset')).toThrow(ConfigError);
  });
});
