import { ConfigError, type EvaluationInput, type EvaluationSplit, parseOptions, seededRandom } from '@refrain/core';
import { syntheticEvaluationInput, testEvaluator } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { clipExamples } from './keptTrainings.ts';
import { LinearProbe, linearProbe } from './linearProbe.ts';
import { MARBLE_PROBE } from './options.ts';

const quick = { maxEpochs: 5, learningRate: 0.01 };

describe.each(['multi-label', 'single-label'] as const)('a linear probe on a %s input', (task) => {
  testEvaluator(() => new LinearProbe(quick), { makeInput: () => syntheticEvaluationInput(task) });
});

describe('an MLP probe on the means of segments', () => {
  testEvaluator(() => new LinearProbe({ ...quick, mlp: true, input: 'mean' }), {
    makeInput: () => syntheticEvaluationInput('multi-label'),
  });
});

describe("MARBLE's probe", () => {
  testEvaluator(() => new LinearProbe({ ...MARBLE_PROBE, hidden: 16, maxEpochs: 5, input: 'mean' }), {
    makeInput: () => syntheticEvaluationInput('multi-label'),
  });
});

const half = Uint32Array.from({ length: 36 }, (_, index) => 2 * index);

describe('a linear probe', () => {
  it('learns what there is to learn', async () => {
    for (const mlp of [false, true]) {
      const probe = new LinearProbe({ mlp, learningRate: 0.01 });
      const tags = await probe.evaluate(syntheticEvaluationInput('multi-label', { tracks: 100 }));
      expect(tags.metrics['ROC-AUC']).toBeGreaterThan(0.9);
      expect(tags.metrics['PR-AUC']).toBeGreaterThan(0.8);
      const names = await probe.evaluate(syntheticEvaluationInput('single-label', { tracks: 100 }));
      expect(names.metrics.Accuracy).toBeGreaterThan(0.8);
    }
  });

  it('finds nothing in labels that say nothing', async () => {
    const input = syntheticEvaluationInput('multi-label', { tracks: 100 });
    const random = seededRandom('labels');
    const relabel = (split: EvaluationSplit) => ({
      ...split,
      labels: split.ids.map(() => [0, 1, 2, 3].filter(() => random.uniform() < 0.5)),
    });
    const { metrics } = await new LinearProbe(quick).evaluate({
      ...input,
      train: relabel(input.train),
      valid: relabel(input.valid),
      test: relabel(input.test),
    });
    expect(Math.abs(metrics['ROC-AUC']! - 0.5)).toBeLessThan(0.15);
  });

  it('starts from the same head and draws the same segments whatever is kept', async () => {
    const input = syntheticEvaluationInput('multi-label');
    const still = new LinearProbe({ maxEpochs: 1, learningRate: 1e-30 });
    const { parameters } = await still.evaluate(input);
    expect((await still.evaluate({ ...input, keep: half })).parameters).toEqual(parameters);
    const whole = clipExamples(input, input.train, input.keep, 'segment');
    const some = clipExamples(input, input.train, half, 'segment');
    const { cols } = some.features;
    for (const [row, clip] of half.entries()) {
      const drawn = some.features.data.subarray(row * cols, (row + 1) * cols);
      expect(drawn).toEqual(whole.features.data.subarray(clip * cols, (clip + 1) * cols));
    }
  });

  it('is another one with another seed', async () => {
    const input = syntheticEvaluationInput('multi-label');
    const probe = new LinearProbe({ maxEpochs: 1 });
    const { parameters } = await probe.evaluate(input);
    const other = await probe.evaluate({ ...input, random: seededRandom('another') });
    expect(other.parameters).not.toEqual(parameters);
    expect(parameters!['0.weight']!.data.every((value) => Math.abs(value) < 1 / Math.sqrt(8) + 0.01)).toBe(true);
  });

  it('sees the same in segments and their means where a clip has one segment', async () => {
    const input = syntheticEvaluationInput('multi-label');
    const single = (split: EvaluationSplit): EvaluationSplit => ({
      ...split,
      segments: split.embeddings,
      segmentStart: Uint32Array.from({ length: split.ids.length + 1 }, (_, clip) => clip),
    });
    const { train, valid, test } = input;
    const one = { ...input, train: single(train), valid: single(valid), test: single(test) };
    const segment = await new LinearProbe({ ...quick, input: 'segment' }).evaluate(one);
    expect(await new LinearProbe({ ...quick, input: 'mean' }).evaluate(one)).toEqual(segment);
  });

  it('leaves classes out that the test clips cannot tell, and counts them', async () => {
    const input = syntheticEvaluationInput('multi-label');
    const test = { ...input.test, labels: input.test.labels.map((labels) => labels.filter((label) => label !== 1)) };
    const { metrics, perClass, details } = await new LinearProbe(quick).evaluate({ ...input, test });
    expect(details!.skippedClasses).toBe(1);
    const [first, second, third, fourth] = perClass!['PR-AUC']!;
    expect(second).toBeNaN();
    expect(metrics['PR-AUC']).toBeCloseTo((first! + third! + fourth!) / 3, 12);
  });

  it('has CLMR’s options unless told otherwise', () => {
    expect(parseOptions(linearProbe.options, { mlp: 'on', batchSize: '16' }, 'evaluator')).toEqual({
      mlp: true,
      dropout: 0,
      learningRate: 1e-3,
      weightDecay: 1e-6,
      batchSize: 16,
      maxEpochs: 200,
      patience: 10,
      plateauPatience: 5,
      plateauFactor: 0.1,
      watch: 'loss',
      keep: 'last',
      input: 'segment',
    });
  });

  it('takes the options of MARBLE as they are, and as the texts of a command line', () => {
    const marble = { ...MARBLE_PROBE, input: 'mean' };
    expect(parseOptions(linearProbe.options, marble, 'evaluator')).toEqual(marble);
    const texts = Object.fromEntries(Object.entries(marble).map(([name, value]) => [name, String(value)]));
    expect(parseOptions(linearProbe.options, texts, 'evaluator')).toEqual(marble);
  });

  // Each of these epochs' heads is that of a shorter training, so the figures can be looked up in the evaluation of that one.
  it.each([
    ['multi-label', 'metric'],
    ['single-label', 'loss'],
  ] as const)('tests the best head and tells its figures: %s by the %s', async (task, watch) => {
    const input = syntheticEvaluationInput(task);
    const options = {
      mlp: true,
      hidden: 32,
      dropout: 0.3,
      learningRate: 0.1,
      batchSize: 8,
      patience: 4,
      watch,
    } as const;
    const best = await new LinearProbe({ ...options, keep: 'best' }).evaluate(input);
    const { keptEpoch, epochs, stopped, ...figures } = best.details!;
    expect(stopped).toBe('no better');
    expect(keptEpoch).toBe(Number(epochs) - options.patience);
    const until = await new LinearProbe({ ...options, maxEpochs: Number(keptEpoch) }).evaluate(input);
    const { epochs: last, stopped: _, ...lastFigures } = until.details!;
    expect(last).toBe(keptEpoch);
    expect(figures).toEqual(lastFigures);
    expect(Object.keys(figures)).toEqual(
      expect.arrayContaining(['validLoss', ...(watch === 'metric' ? ['validMetric'] : [])]),
    );
    expect({ ...best, details: {} }).toEqual({ ...until, details: {} });
  });

  it.each<[object, string, RegExp]>([
    [{ batchSize: 0 }, 'batchSize', /linear-probe\.batchSize/],
    [{ mlp: true, hidden: 0 }, 'hidden', /linear-probe\.hidden/],
    [{ mlp: true, hidden: 2.5 }, 'hidden', /linear-probe\.hidden/],
    [{ hidden: 8 }, 'hidden', /linear-probe\.hidden: a linear head has no hidden layer; set mlp.*\(given: 8\)/],
    [{ mlp: true, dropout: 1 }, 'dropout', /linear-probe\.dropout/],
    [{ mlp: true, dropout: Number.NaN }, 'dropout', /linear-probe\.dropout/],
    [{ mlp: true, dropout: -0.1 }, 'dropout', /linear-probe\.dropout/],
    [{ dropout: 0.2 }, 'dropout', /linear-probe\.dropout: expected 0 without a hidden layer; set mlp.*\(given: 0\.2\)/],
    [{ learningRate: 0 }, 'learningRate', /linear-probe\.learningRate/],
    [{ learningRate: 1e-31 }, 'learningRate', /linear-probe\.learningRate: expected a number from 1e-30/],
    [{ plateauFactor: 0 }, 'plateauFactor', /linear-probe\.plateauFactor/],
    [{ plateauFactor: 1 }, 'plateauFactor', /linear-probe\.plateauFactor/],
    [{ watch: 'accuracy' }, 'watch', /linear-probe\.watch.*"loss"\|"metric"/],
    [{ keep: 'first' }, 'keep', /linear-probe\.keep.*"last"\|"best"/],
  ])('names an option that is not valid: %j', (options, name, message) => {
    const make = () => new LinearProbe(options);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(expect.objectContaining({ option: `linear-probe.${name}` }));
    expect(make).toThrow(message);
  });

  it('stops when the run is interrupted', async () => {
    const probe = new LinearProbe({}, AbortSignal.abort(new Error('enough')));
    await expect(probe.evaluate(syntheticEvaluationInput('multi-label'))).rejects.toThrow('enough');
  });
});

describe('an input that a linear probe cannot use', () => {
  const probe = new LinearProbe(quick);
  const input = syntheticEvaluationInput('single-label');
  const empty = syntheticEvaluationInput('single-label', { tracks: 0 });

  it.each<[string, Partial<EvaluationInput>, RegExp]>([
    ['no labels', { task: 'unlabelled' }, /has no labels/],
    ['no test clips', { test: empty.test }, /has no test clips/],
    ['no valid clips', { valid: empty.valid }, /has no valid clips/],
    ['no train clips', { train: empty.train, keep: empty.keep }, /has no train clips/],
    ['no kept clips', { keep: new Uint32Array() }, /No train clip is kept/],
  ])('%s: says so', async (_, change, sentence) => {
    expect(probe.unsuitable({ ...input, ...change })).toMatch(sentence);
    await expect(probe.evaluate({ ...input, ...change })).rejects.toThrow(sentence);
  });

  const labelled = (labels: number[]) => ({ valid: { ...input.valid, labels: input.valid.labels.map(() => labels) } });
  const withoutSegments = {
    ...input.test,
    segmentStart: input.test.segmentStart.map((start, i) => (i === 1 ? 0 : start)),
  };
  const silent = structuredClone(input.test);
  silent.segments.data[silent.segmentStart[3]! * silent.segments.cols] = Number.NaN;
  it.each<[string, Partial<EvaluationInput>, string]>([
    ['a class out of range', labelled([4]), 'The valid clip "valid-0" has label 4; there are 4 classes.'],
    ['two labels', labelled([1, 2]), 'The valid clip "valid-0" has 2 labels; this task wants one a clip.'],
    ['a clip without segments', { test: withoutSegments }, 'The test clip "test-0" has no segment'],
    ['a number that is none', { test: silent }, 'The embedding of clip "test-3" holds NaN'],
    [
      'another encoder',
      { valid: syntheticEvaluationInput('single-label', { dim: 5 }).valid },
      'The segments of the valid split have 5 numbers, those of the train split 8',
    ],
    ['a clip twice', { keep: Uint32Array.of(3, 3) }, 'keep names clip 3 ("train-3") twice.'],
    ['a cut list of labels', { test: { ...input.test, labels: [] } }, 'Expected 36 lists of labels in the test split'],
    [
      'a cut list of segments',
      { test: { ...input.test, segments: input.train.segments } },
      `Expected ${input.test.segments.rows} segments of the test split`,
    ],
  ])('%s: names it', async (_, change, message) => {
    await expect(probe.evaluate({ ...input, ...change })).rejects.toThrow(message);
  });

  it('a training that diverges: names the option', async () => {
    await expect(new LinearProbe({ learningRate: 1e38 }).evaluate(input)).rejects.toThrow(/lower learningRate/);
  });
});
