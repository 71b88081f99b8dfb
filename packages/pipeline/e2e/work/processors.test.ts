import { createHash } from 'node:crypto';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, type Job, type JobError, type JobProcessor, type Json, type Recipe } from '@refrain/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { processProcessors, threadProcessors } from '../../src/work/apartProcessors.ts';
import { processes, threads } from '../../src/work/starters.ts';
import type { Trial } from './trialTask.ts';

let cacheDir: string;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'refrain-work-'));
});
afterAll(() => rm(cacheDir, { recursive: true, force: true }));

const trialJob = (input: Trial): Job => ({ id: JSON.stringify(input), input: input as unknown as Json });
const notices: string[] = [];
const signs: string[] = [];

describe.each([
  ['threads', threadProcessors, threads(import.meta.url, './trialThread')],
  ['processes', processProcessors, processes(import.meta.url, './trialProcess')],
] as const)('processors in %s', (kind, processors, start) => {
  let processor: JobProcessor;
  const recipe: Recipe = { task: 'trial', requires: {}, input: null, patienceSeconds: 1 };
  const failureOf = async (input: Trial) => {
    const error = await processor.process(trialJob(input)).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return (error as JobError).failure;
  };
  beforeAll(async () => {
    const place = { plugins: [], pluginFolder: cacheDir, cacheDir };
    const made = processors({ place, notice: (message) => notices.push(message), start });
    processor = made.start((what) => signs.push(what));
    await processor.open(recipe);
  });
  afterAll(() => processor.close());
  beforeEach(() => {
    notices.length = 0;
    signs.length = 0;
  });

  it('process a job, hear its notices and put into the store', async () => {
    const key = createHash('sha256').update('hello').digest('hex');
    expect(await processor.process(trialJob({ say: 'hello' }))).toEqual({ said: 'hello', key });
    expect(notices).toEqual(['saying hello']);
    await access(join(cacheDir, 'content', key.slice(0, 2), key));
  });

  it('tell a failure, and go on', async () => {
    expect(await failureOf({ fail: 'a.wav' })).toEqual({ kind: 'failed', reason: 'a.wav: no good.' });
    expect(await processor.process(trialJob({ say: 'next' }))).toMatchObject({ said: 'next' });
  });

  it('tell a crash with its last sign, and start anew', async () => {
    expect(await failureOf({ crash: 'throw' })).toEqual({
      kind: 'crashed',
      reason: `What processed it has ended: its ${kind === 'threads' ? 'thread' : 'process'} ended: boom.`,
      lastSign: 'the poisoned clip',
    });
    expect(await processor.process(trialJob({ say: 'next' }))).toMatchObject({ said: 'next' });
    if (kind === 'threads') return;
    // What crashes in native code ends the process alone that it happens in.
    expect(await failureOf({ crash: 'kill' })).toMatchObject({
      kind: 'crashed',
      reason: expect.stringMatching('SIGKILL'),
    });
    expect(await processor.process(trialJob({ say: 'next' }))).toMatchObject({ said: 'next' });
  });

  it('end a job that gives no sign of life, and wait for one that does or that says how long it takes', async () => {
    expect(await processor.process(trialJob({ work: 4 }))).toBe(4);
    expect(signs).toEqual(['step 0', 'step 1', 'step 2', 'step 3']);
    expect(await processor.process(trialJob({ hang: 'a.wav', patienceSeconds: Number.POSITIVE_INFINITY }))).toBe(
      'done',
    );
    expect(await failureOf({ hang: 'b.wav' })).toEqual({
      kind: 'stuck',
      reason: 'It gave no sign of life for 1 s.',
      lastSign: 'b.wav',
    });
    expect(await processor.process(trialJob({ say: 'next' }))).toMatchObject({ said: 'next' });
  });

  it('open another recipe, refuse one with the difference, and keep the class of an error', async () => {
    await processor.open({ ...recipe, requires: { folder: cacheDir } });
    const other = { ...recipe, requires: { folder: 'elsewhere', model: 'abc' } };
    await expect(processor.open(other)).rejects.toThrow(
      `This worker cannot take part: folder is ${cacheDir} here, elsewhere where the run began; model is missing here, abc where the run began.`,
    );
    await expect(processor.open({ ...recipe, input: 'refuse' })).rejects.toSatisfy(
      (error) => error instanceof ConfigError && error.option === 'encoder',
    );
    await expect(processor.open({ ...recipe, task: 'another' })).rejects.toThrow('no task another');
    await processor.open(recipe);
    expect(await processor.process(trialJob({ say: 'again' }))).toMatchObject({ said: 'again' });
  });

  it('end a job under way when they are closed, and can be opened again', async () => {
    const waiting = failureOf({ wait: true });
    while (!signs.includes('waiting')) await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([processor.close(), processor.close()]);
    expect(await waiting).toMatchObject({ kind: 'failed', reason: expect.stringMatching('it was ended|It was ended') });
    await processor.open(recipe);
    expect(await processor.process(trialJob({ say: 'again' }))).toMatchObject({ said: 'again' });
  });
});

it('processors load the plugins that the user named, and refuse what is none', async () => {
  const place = { plugins: ['./missing.mjs'], pluginFolder: cacheDir, cacheDir };
  const processor = threadProcessors({ place, notice: () => {} }).start();
  const recipe: Recipe = { task: 'embed', requires: {}, input: null, patienceSeconds: 10 };
  await expect(processor.open(recipe)).rejects.toMatchObject({ code: 'REFRAIN_PLUGIN', plugin: './missing.mjs' });
  await processor.close();
});
