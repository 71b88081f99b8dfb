import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ConfigError, parseOptions } from '@refrain/core';
import { linearProbe, MARBLE_PROBE } from '@refrain/evaluators';
import { describe, expect, it } from 'vitest';
import { asTyped, canonicalName, spelling } from './flags.ts';
import { valuesOf } from './runFile.ts';
import { readSettings } from './settings.ts';

async function runFile(content: unknown): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'refrain-run-')), 'run.json');
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

const failure = async (given: Record<string, unknown>): Promise<ConfigError> => {
  const error = await readSettings(given).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  return error as ConfigError;
};

describe('settings', () => {
  it('have defaults', async () => {
    const settings = await readSettings({});
    expect(settings).toMatchObject({
      maxBad: 0.01,
      pooling: 'mean',
      space: 'whitened',
      duplicates: 'one',
      draws: 10,
      seed: 42,
    });
    expect(settings.choices).toMatchObject({
      encoder: { use: 'mfcc,basic-pitch', isDefault: true },
      clusterer: { use: 'hdbscan' },
      pruner: { use: 'jensen-shannon' },
      kernel: { use: 'cpu' },
    });
    expect(settings.choices.dataset).toBeUndefined();
  });

  it('take the encoder that options are given for as MFCC, and another where it is named', async () => {
    const encoderOf = async (values: Parameters<typeof readSettings>[0]) =>
      (await readSettings(values)).choices.encoder;
    expect(await encoderOf({ 'encoder.segmentSeconds': '3' })).toEqual({
      use: 'mfcc',
      options: { segmentSeconds: '3' },
    });
    expect(await encoderOf({ encoder: 'mfcc,basic-pitch' })).toEqual({ use: 'mfcc,basic-pitch', options: {} });
  });

  it('send flags to the components they are meant for', async () => {
    const { choices, maxBad, keep } = await readSettings({
      dataset: 'audio',
      'dataset-dir': 'x',
      t: '0.3',
      'min-cluster-size': '5',
      'pruner.kappa': '0.9',
      'finetuner-mlp': true,
      'max-bad': '5%',
      keep: undefined,
    });
    expect(choices.dataset).toEqual({ use: 'audio', options: { dir: resolve('x') } });
    expect(choices.pruner).toEqual({ use: 'jensen-shannon', options: { t: '0.3', kappa: '0.9' } });
    expect(choices.clusterer?.options).toEqual({ minClusterSize: '5' });
    expect(choices.evaluator).toContainEqual({ use: 'linear-probe', options: { mlp: true } });
    expect([maxBad, keep]).toEqual([0.05, undefined]);
  });

  it('choose evaluators by name, with options under either name', async () => {
    const evaluator = ['knn', 'linear-probe'];
    const given = { evaluator, 'evaluators.knn.k': '3', 'linear-probe.mlp': 'on', 'coverage.x': '1' };
    expect((await readSettings(given)).choices.evaluator).toEqual([
      { use: 'knn', options: { k: '3' } },
      { use: 'linear-probe', options: { mlp: 'on' } },
    ]);
    const config = await runFile({ evaluator: 'knn', evaluators: { knn: { k: 5 } } });
    expect((await readSettings({ config })).choices.evaluator).toEqual([{ use: 'knn', options: { k: 5 } }]);
    expect((await failure({ 'evaluators.knn.k': '3' })).message).toMatch(
      /no evaluator "knn" is chosen; there is coverage/,
    );
  });

  it.each([
    ['model.onnx', 'onnx'],
    ['clmr.pt', 'clmr'],
    ['old/CLMR.PTH', 'clmr'],
    ['epoch=10.ckpt', 'clmr'],
    ['encoder.safetensors', 'clmr'],
  ])('choose the encoder by the checkpoint %s', async (checkpointPath, use) => {
    const { choices } = await readSettings({ 'checkpoint-path': checkpointPath });
    expect(choices.encoder).toEqual({ use, options: { checkpointPath: resolve(checkpointPath) } });
  });

  it('come from a run file in any spelling, and flags win', async () => {
    const config = await runFile({
      dataset: { use: 'audio', dir: 'clips' },
      min_cluster_size: 7,
      t: 0.2,
      maxBad: '2%',
      plugins: ['a'],
      pruner: { kappa: 0.97 },
    });
    const settings = await readSettings({ config, t: '0.9', plugin: ['b'] });
    expect(settings.choices.dataset).toEqual({ use: 'audio', options: { dir: resolve('clips') } });
    expect(settings.choices.clusterer?.options).toEqual({ minClusterSize: 7 });
    expect(settings.choices.pruner?.options).toEqual({ t: '0.9', kappa: 0.97 });
    expect(settings.plugins).toEqual(['a', 'b']);
    expect(settings.maxBad).toBe(0.02);
  });

  it('let --keep on the command line win over t in the run file', async () => {
    const settings = await readSettings({ config: await runFile({ pruner: { t: 0.2 } }), keep: '60%' });
    expect([settings.keep, settings.choices.pruner?.options]).toEqual([0.6, {}]);
  });

  it.each([
    [{ t: '0.5', keep: '0.6' }, 'keep', /`t` and `keep` exclude each other/],
    [{ 'pruner.t': '0.5', keep: '0.6' }, 'keep', /`t` and `keep` exclude each other/],
    [{ embeddings: 'x.npy', encoder: 'mfcc' }, 'encoder', /in place of the encoder/],
    [{ embeddings: 'x.npy', 'dataset-dir': 'x' }, 'datasetDir', /belongs to `dataset`, which is missing/],
    [{ embeddings: 'x.npy', fingerprints: 'on' }, 'fingerprints', /without `dataset` come without audio/],
    [{ segments: 'x.npy' }, 'segments', /belongs to `segmentStarts`/],
    [{ ids: 'ids.txt' }, 'ids', /belongs to `embeddings`/],
    [{ output: 'a', 'output-dir': 'b' }, 'output-dir', /exclude each other/],
    [{ 'max-bad': '200%' }, 'maxBad', /`maxBad`/],
    [{ workers: '0' }, 'workers', /`workers`/],
    [{ keep: '0' }, 'keep', /`keep`/],
    [{ budget: 'years' }, 'budget', /`budget`: .*"epochs"\|"steps"/],
    [{ 'resample-by': 'track,clip' }, 'resampleBy', /`resampleBy`: .*"track"\|"artist"\|"clip"/],
    [{ 'foo.bar': '1' }, 'foo.bar', /no component kind is called "foo"/],
    [{ 'prunner.t': '1' }, 'prunner.t', /Did you mean --pruner\.t\?/],
  ])('refuse %j', async (given, option, message) => {
    const error = await failure(given);
    expect(error.option).toBe(option);
    expect(error.message).toMatch(message);
  });

  it('come from a run file behind a byte order mark', async () => {
    const config = join(await mkdtemp(join(tmpdir(), 'refrain-run-file-')), 'run.json');
    for (const encoding of ['utf8', 'utf16le'] as const) {
      await writeFile(config, Buffer.from('\uFEFF{"dataset": "demo", "t": 0.2}', encoding));
      expect((await readSettings({ config })).choices.pruner!.options).toMatchObject({ t: 0.2 });
    }
  });

  it('refuse a run file that is none, or has unknown options', async () => {
    expect((await failure({ config: '/nowhere.json' })).message).toMatch(/cannot be read/);
    expect((await failure({ config: await runFile('{') })).message).toMatch(/is not JSON/);
    expect((await failure({ config: await runFile([]) })).message).toMatch(/JSON object/);
    expect((await failure({ config: await runFile({ minclustersize: 3 }) })).message).toMatch(
      /no option "minclustersize"\. Did you mean "minClusterSize"\?$/,
    );
    for (const deep of [`${'['.repeat(5000)}${']'.repeat(5000)}`, `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`]) {
      expect((await failure({ config: await runFile(`{"t": ${deep}}`) })).message).toMatch(
        /"t" is nested more than 16/,
      );
    }
  });
});

describe('the probe', () => {
  const MARBLE = { ...MARBLE_PROBE, input: 'mean' };
  const probeOf = async (...values: Parameters<typeof readSettings>) => {
    const { choices } = await readSettings(...values);
    return choices.evaluator?.find(({ use }) => use === 'linear-probe')?.options;
  };
  /** The options as they take effect, in the form of metadata.json's `settings`, read back. */
  const asRecorded = async (...values: Parameters<typeof readSettings>) => {
    const options = parseOptions(linearProbe.options, (await probeOf(...values))!, 'linear-probe');
    const settings = JSON.parse(JSON.stringify({ 'linear-probe': options })) as object;
    return valuesOf(settings, (why) => new ConfigError('settings', why));
  };

  it('is that of CLMR by default', async () => {
    expect(await probeOf({})).toEqual({});
    expect(await probeOf({ probe: 'clmr', 'finetuner-max-epochs': '3' })).toEqual({ maxEpochs: '3' });
  });

  it("starts from MARBLE's options with --probe marble, and every other option wins", async () => {
    expect(await probeOf({ probe: 'marble' })).toEqual(MARBLE);
    const given = {
      'finetuner-mlp': true,
      'finetuner-max-epochs': '7',
      'linear-probe.hidden': '64',
      'linear-probe.input': 'segment',
      probe: 'marble',
    };
    expect(await probeOf(given)).toEqual({ ...MARBLE, maxEpochs: '7', hidden: '64', input: 'segment' });
  });

  it('comes from a run file too; the flag wins over its name, its own options over those of either', async () => {
    const config = await runFile({ probe: 'marble', linearProbe: { batchSize: 16 } });
    expect(await probeOf({ config })).toEqual({ ...MARBLE, batchSize: 16 });
    expect(await probeOf({ config, probe: 'clmr' })).toEqual({ batchSize: 16 });
  });

  it('is the same again from the settings of a folder, without the flag', async () => {
    const base = await asRecorded({ probe: 'marble', 'finetuner-max-epochs': '7' });
    expect(await probeOf({}, base)).toEqual({ ...MARBLE, maxEpochs: 7 });
    expect(await probeOf({ 'finetuner-max-epochs': '9' }, base)).toEqual({ ...MARBLE, maxEpochs: '9' });
  });

  it('is another one than that of the folder, when it is asked for', async () => {
    const marble = await asRecorded({ probe: 'marble', 'linear-probe.patience': '20' });
    expect(await probeOf({ probe: 'clmr' }, marble)).toEqual({});
    const clmr = await asRecorded({});
    expect(await probeOf({ probe: 'marble' }, clmr)).toEqual(MARBLE);
  });

  it('has to be a known one', async () => {
    const { option, message } = await failure({ probe: 'Marble' });
    expect([option, message]).toEqual(['probe', expect.stringMatching(/`probe`: .*"clmr"\|"marble".*given: "Marble"/)]);
  });
});

describe('names of options', () => {
  it('are one, however they are spelt', () => {
    expect(['min_cluster_size', 'minClusterSize', 'min-cluster-size'].map(canonicalName)).toEqual(
      new Array(3).fill('min-cluster-size'),
    );
    expect(canonicalName('linearProbe.maxEpochs')).toBe('linear-probe.maxEpochs');
  });

  it('are told as the user would write them', () => {
    expect(spelling('pruner.t')).toBe('--t (pruner.t)');
    expect(spelling('pruner.kappa')).toBe('--pruner.kappa');
    expect(
      asTyped(
        'Give `minPerLabel`, `maxPerGroup.track`, `dataset.dir`, `pruner.kappa` or `kernel`; `refrain plugins` lists `none`.',
      ),
    ).toBe(
      'Give --min-per-label, --max-per-track, --dataset-dir (dataset.dir), --pruner.kappa or --kernel; `refrain plugins` lists `none`.',
    );
  });
});
