import { copyFile, cp, mkdir, mkdtemp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile } from '@refrain/audio';
import {
  type Dataset,
  defineComponent,
  definePlugin,
  type Encoder,
  type Executor,
  type Host,
  type JobFailure,
  type JobResult,
  type Processors,
  quietHost,
  type Recipe,
  z,
} from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { LocalExecutor } from '@refrain/executors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { assemble, type Choices } from '../assembly/assemble.ts';
import { type LoadedPlugin, loadPlugins } from '../assembly/loadPlugins.ts';
import { FolderStore } from '../work/folderStore.ts';
import { inlineProcessors } from '../work/inlineProcessors.ts';
import { MappedPaths } from '../work/mappedPaths.ts';
import { taskNamed } from '../work/tasks.ts';
import { type AudioMeans, embedClips } from './embed.ts';
import { openEncoder } from './openEncoder.ts';

let work: string;
let audio: string;
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), 'refrain-jobs-'));
  audio = join(work, 'audio');
  await mkdir(audio);
});
afterEach(() => rm(work, { recursive: true, force: true }));

const loaded = loadPlugins([], '.', ['decoders', 'datasets', 'demo', 'encoders', 'executors']);

/** What the coordinator and its workers have. */
interface Place {
  readonly cacheDir: string;
  readonly paths?: MappedPaths;
  readonly plugins?: readonly LoadedPlugin[];
}

async function processorsAt({ cacheDir, paths, plugins = [] }: Place): Promise<Processors> {
  const all = [...(await loaded), ...plugins];
  const means = { host: quietHost({ cacheDir }), store: new FolderStore(join(cacheDir, 'content')) };
  return inlineProcessors((name) => taskNamed(name, { plugins: all, paths }), means);
}

/** What becomes of the clips of `dataset`; with `executor` what its workers make of them. */
async function embedded(
  choices: Choices,
  { cacheDir, plugins = [] }: Place,
  executor?: (run: { readonly processors: Processors; readonly host: Host }) => Promise<Executor>,
  workers: Place = { cacheDir, plugins },
  more: Partial<AudioMeans> = {},
) {
  const notices: string[] = [];
  await mkdir(cacheDir, { recursive: true });
  const host = quietHost({ cacheDir, workers: 2, notice: (notice) => notices.push(notice) });
  const processors = await processorsAt(workers);
  const assembly = assemble([...(await loaded), ...plugins], choices, { host, processors });
  const means: AudioMeans = {
    dataset: await assembly.get('dataset'),
    decoder: await assembly.get('decoder'),
    encoder: async () => assembly.get('encoder'),
    isAdaptable: false,
    threads: () => ({
      plugins: [],
      pluginFolder: '.',
      choices: Object.fromEntries(
        (['decoder', 'dataset', 'encoder'] as const).map((kind) => {
          const { use, options } = assembly.resolved[kind]![0]!;
          return [kind, { use, options }];
        }),
      ),
    }),
    executor: await executor?.({ processors, host }),
    maxBad: 1,
    clipTimeLimit: 60,
    host,
    ...more,
  };
  const opened = await openEncoder(means);
  const { clips, ...rest } = await embedClips(means.dataset.clips, { ...means, ...opened, threads: means.threads() });
  const read = [];
  for (const { segments, ...facts } of clips) read.push({ ...facts, segments: await segments.read() });
  await assembly.close();
  return { ...rest, clips: read, notices };
}

type Made = Awaited<ReturnType<typeof embedded>>;

/** What must be the same whoever embedded. */
const outcome = ({ workers: _, ...rest }: Made) => rest;

/** What an executor as a third party may make one is told of a job. */
type Fail = (done: JobResult, ids: readonly string[], recipe: Recipe) => JobResult | Promise<JobResult>;

/** Such an executor: it does all in this process, does and tells every job twice, and tells in place of what it did what `fail` says. */
function ownExecutor(fail: Fail = (done) => done) {
  const told: { readonly ids: readonly string[]; readonly result: JobResult }[] = [];
  const make = async ({ processors }: { readonly processors: Processors }): Promise<Executor> => ({
    name: 'own',
    concurrency: async () => 1,
    run: async (recipe, jobs, { onResult }) => {
      const processor = processors.start();
      await processor.open(recipe);
      for await (const job of jobs) {
        const ids = (job.input as { readonly clips: readonly { readonly id: string }[] }).clips.map(({ id }) => id);
        const begun = { id: job.id, worker: 'one', seconds: 0, attempts: 1 };
        const done: JobResult = { ...begun, output: await processor.process(job) };
        expect(await processor.process(job)).toEqual(done.output);
        const result = await fail(done, ids, recipe);
        told.push({ ids, result });
        await onResult(result);
        await onResult(done);
      }
      await processor.close();
    },
  });
  return { told, make };
}

const failed = ({ id, worker, seconds }: JobResult, failure: JobFailure): JobResult => ({
  ...{ id, worker, seconds, attempts: 3, failure },
});

const local = async ({ processors, host }: { readonly processors: Processors; readonly host: Host }) =>
  new LocalExecutor({ attempts: 2 }, processors, host);

const CHOICES = (use = 'mfcc', dir = audio): Choices => ({
  decoder: { use: 'builtin', options: {} },
  dataset: { use: 'audio', options: { dir } },
  encoder: { use, options: {} },
  executor: { use: 'local', options: {} },
});

describeWithData('music-dev', 'clips of music-dev that are embedded as jobs', () => {
  beforeEach(async () => {
    const planted = testDataPath('music-dev', 'planted');
    const files = (await readdir(planted)).sort().slice(0, 2);
    for (const file of files) await copyFile(join(planted, file), join(audio, file));
    await copyFile(join(planted, files[0]!), join(audio, `again-${files[0]}`));
    await writeFile(join(audio, 'broken.mp3'), 'no audio');
  });

  it('are what they are without jobs, by `local` too, and each content is one clip of one job', async () => {
    const here = await embedded(CHOICES(), { cacheDir: join(work, 'here') });
    const own = ownExecutor();
    const jobs = await embedded(CHOICES(), { cacheDir: join(work, 'jobs') }, own.make);
    expect(here.clips).toHaveLength(3);
    expect(here.bad).toHaveLength(1);
    expect(outcome(jobs)).toEqual(outcome(here));
    expect([here.workers, jobs.workers]).toEqual([{}, { one: 2 }]);
    const asked = own.told.flatMap(({ ids }) => ids);
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked).toHaveLength(3);
    // Neither labels nor embeddings are sent.
    expect(JSON.stringify(own.told).length).toBeLessThan(600 * asked.length);
    const again = ownExecutor();
    const known = await embedded(CHOICES(), { cacheDir: join(work, 'jobs') }, again.make);
    expect([known.encoded, again.told.flatMap(({ ids }) => ids)]).toEqual([0, ['broken.mp3']]);
  });

  it('go through `local` to the same, also by encoders side by side of which one knows some', async () => {
    const cacheDir = join(work, 'jobs');
    await embedded(CHOICES('chromaprint'), { cacheDir: join(work, 'here') });
    const here = await embedded(CHOICES('mfcc,chromaprint'), { cacheDir: join(work, 'here') });
    await embedded(CHOICES('chromaprint'), { cacheDir }, local);
    const jobs = await embedded(CHOICES('mfcc,chromaprint'), { cacheDir }, local);
    expect(outcome(jobs)).toEqual(outcome(here));
    expect(Object.values(jobs.workers).reduce((sum, clips) => sum + clips)).toBe(2);
  });
});

describe('clips that are embedded as jobs', () => {
  const tone = (hertz: number, seconds: number) =>
    encodeWav({
      samples: Float32Array.from({ length: 8000 * seconds }, (_, n) => Math.sin((n * hertz * Math.PI) / 4000) / 2),
      sampleRate: 8000,
    });

  beforeEach(async () => {
    for (const [i, name] of ['a', 'b', 'c', 'd'].entries())
      await writeFile(join(audio, `${name}.wav`), tone(220 * (i + 1), 2));
  });

  it('come to nothing for one alone that ends its worker: it is bad, once, and the others are embedded', async () => {
    const crash: JobFailure = { kind: 'crashed', reason: 'status 139', lastSign: 'encode c.wav' };
    const own = ownExecutor((done, ids) => (ids.includes('c.wav') ? failed(done, crash) : done));
    const made = await embedded(CHOICES(), { cacheDir: join(work, 'jobs') }, own.make);
    const reason = `${audio}/c.wav: the worker that embeds it ends, and does so again (status 139).`;
    expect(made.bad).toEqual([{ id: 'c.wav', path: `${audio}/c.wav`, stage: 'encode', reason }]);
    expect(made.clips.map(({ clip }) => clip.id)).toEqual(['a.wav', 'b.wav', 'd.wav']);
    expect(own.told.map(({ ids }) => ids.join())).toContain('c.wav');
    const stuck: JobFailure = { kind: 'stuck', reason: 'no sign for 65 s', lastSign: 'decode c.wav' };
    const slow = ownExecutor((done, ids) => (ids.includes('c.wav') ? failed(done, stuck) : done));
    const { bad } = await embedded(CHOICES(), { cacheDir: join(work, 'slow') }, slow.make);
    expect(bad[0]).toMatchObject({
      stage: 'decode',
      reason: expect.stringContaining('could not be decoded within 60 s'),
    });
    const refused = embedded(CHOICES(), { cacheDir: join(work, 'none') }, own.make, undefined, { maxBad: 0 });
    await expect(refused).rejects.toThrow('More clips than `maxBad` accepts (0) end the worker');
  });

  it('end the run where a worker says why it failed', async () => {
    const full: JobFailure = { kind: 'failed', reason: 'the disk is full' };
    const own = ownExecutor((done) => failed(done, full));
    await expect(embedded(CHOICES(), { cacheDir: join(work, 'jobs') }, own.make)).rejects.toThrow(
      'a.wav: the worker one failed: the disk is full',
    );
  });

  it('are asked for again where what was put into the cache is damaged, once', async () => {
    const cacheDir = join(work, 'jobs');
    const damage = async (times: number) => {
      let left = times;
      const own = ownExecutor(async (done) => {
        const [space] = await readdir(join(cacheDir, 'embeddings'));
        const part = (done as unknown as { output: { parts: string[] } }).output.parts[0]!;
        const path = join(cacheDir, 'embeddings', space!, part);
        if (left-- > 0) await truncate(path, 100);
        return done;
      });
      const made = embedded(CHOICES(), { cacheDir }, own.make);
      return made.finally(() => rm(cacheDir, { recursive: true }));
    };
    const here = await embedded(CHOICES(), { cacheDir: join(work, 'here') });
    const { notices, ...mended } = outcome(await damage(1));
    expect({ ...mended, notices: [] }).toEqual(outcome(here));
    expect(notices).toEqual([expect.stringContaining('is damaged')]);
    await expect(damage(100)).rejects.toThrow(/All machines of a run need one folder/);
  });

  it('are refused by a worker that has another encoder, with the difference', async () => {
    const plugin = (fingerprint: string): LoadedPlugin => ({
      name: 'pitch',
      plugin: definePlugin({
        encoder: [
          defineComponent({
            name: 'pitch',
            description: 'for this test',
            options: z.object({}),
            create: (): Encoder => ({
              ...{ name: 'pitch', sampleRate: 8000, dim: 1, fingerprint },
              encode: async () => ({ data: Float32Array.of(1), rows: 1, cols: 1 }),
            }),
          }),
        ],
      }),
    });
    const cacheDir = join(work, 'jobs');
    const other = { cacheDir, plugins: [plugin('pitch-2')] };
    await expect(embedded(CHOICES('pitch'), { cacheDir, plugins: [plugin('pitch-1')] }, local, other)).rejects.toThrow(
      'the encoder pitch is pitch-2 here, pitch-1 where the run began',
    );
    await expect(
      embedded(CHOICES('pitch'), { cacheDir, plugins: [plugin('pitch-1')] }, local, { cacheDir }),
    ).rejects.toThrow('There is no encoder "pitch"');
  });

  it('are read where the worker has them, and nowhere else', async () => {
    const cacheDir = join(work, 'jobs');
    const mounted = join(work, 'mounted');
    await cp(audio, mounted, { recursive: true });
    // Other content than where the run began.
    await writeFile(join(mounted, 'b.wav'), tone(500, 2));
    const paths = new MappedPaths([`${audio}=${mounted}`]);
    const made = await embedded(CHOICES(), { cacheDir }, local, { cacheDir, paths });
    expect(made.bad).toMatchObject([
      { id: 'b.wav', reason: expect.stringContaining(`${audio}/b.wav: was changed while`) },
    ]);
    expect(made.clips).toHaveLength(3);
    const at = (rules: readonly string[]) => {
      const place = { cacheDir: join(work, 'empty') };
      return embedded(CHOICES(), place, local, { ...place, paths: new MappedPaths(rules) });
    };
    await expect(at([mounted])).rejects.toThrow(`This worker opens what is below ${mounted}.`);
    await mkdir(join(work, 'unmounted'));
    await expect(at([`${audio}=${join(work, 'unmounted')}`])).rejects.toThrow('cannot be read by this worker');
  });

  it('come from where the run began to a worker that sees none of them', async () => {
    await writeFile(join(audio, 'broken.wav'), 'no audio');
    const here = await embedded(CHOICES(), { cacheDir: join(work, 'here') });
    const cacheDir = join(work, 'jobs');
    const blind = { cacheDir, paths: new MappedPaths([]) };
    const serveAudio = { host: '127.0.0.1', port: 0 };
    const jobs = await embedded(CHOICES(), { cacheDir }, local, blind, { serveAudio });
    expect(outcome(jobs)).toEqual(outcome(here));
    expect(jobs.bad).toMatchObject([{ id: 'broken.wav', reason: expect.stringContaining(`${audio}/broken.wav`) }]);
    expect(await readdir(join(cacheDir, 'served'))).toEqual([]);
    const wrong = {
      ...CHOICES(),
      dataset: { use: 'manifest', options: { dir: join(audio, 'index.json'), checkMd5: true } },
    };
    await writeFile(join(audio, 'index.json'), JSON.stringify({ tracks: { a: { audio: ['a.wav', '0'.repeat(32)] } } }));
    const whole = embedded(wrong, { cacheDir: join(work, 'whole') }, local, blind, { serveAudio });
    await expect(whole).rejects.toThrow('this dataset can only be read as a whole');
  });

  it('are those of a dataset that is opened whole, where it has no reader', async () => {
    let opened = 0;
    const plugin: LoadedPlugin = {
      name: 'letters',
      plugin: definePlugin({
        dataset: [
          defineComponent({
            name: 'letters',
            description: 'for this test',
            options: z.object({ dir: z.string() }),
            create: ({ dir }): Dataset => {
              opened++;
              const clips = ['a', 'b'].map(
                (id) => ({ id, path: join(dir, `${id}.wav`), split: 'train', labels: [] }) as const,
              );
              return {
                name: 'letters',
                task: 'unlabelled',
                classes: [],
                clips,
                readAudio: ({ path }) => readAudioFile(path),
              };
            },
          }),
        ],
      }),
    };
    const choices = { ...CHOICES(), dataset: { use: 'letters', options: { dir: audio } } };
    const here = await embedded(choices, { cacheDir: join(work, 'here'), plugins: [plugin] });
    const cacheDir = join(work, 'jobs');
    const mounted = join(work, 'mounted');
    await cp(audio, mounted, { recursive: true });
    const worker = { cacheDir, plugins: [plugin], paths: new MappedPaths([`${audio}=${mounted}`]) };
    const jobs = await embedded(choices, { cacheDir, plugins: [plugin] }, ownExecutor().make, worker);
    expect(outcome(jobs)).toEqual(outcome(here));
    expect(opened).toBe(3);
  });

  it('have no program run by a worker because a job names it', async () => {
    const cacheDir = join(work, 'jobs');
    const recipe: Recipe = {
      ...{ task: 'embed', requires: {}, patienceSeconds: 1 },
      input: {
        clipTimeLimit: 1,
        components: {
          decoder: { use: 'ffmpeg', options: { command: '/tmp/evil' } },
          dataset: { use: 'audio', options: { dir: audio } },
          encoder: { use: 'mfcc', options: {} },
        },
      },
    };
    const processor = (await processorsAt({ cacheDir, paths: new MappedPaths([audio]) })).start();
    await expect(processor.open(recipe)).rejects.toThrow('A worker runs nothing because a job names it');
    await expect(processor.open({ ...recipe, input: { clipTimeLimit: 1 } })).rejects.toThrow('another form');
  });
});
