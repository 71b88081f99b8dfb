import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Evaluation, EvaluationInput, EvaluationSplit, Evaluator } from '../evaluator.ts';
import { zeros } from '../matrix.ts';
import { sampleIndices, seededRandom } from '../random.ts';
import { closing } from './closing.ts';

/** What the suite has to know of an evaluator. */
export interface EvaluatorSuite {
  /** An input that the evaluator can work with, every train clip kept; equal at every call. `syntheticEvaluationInput` makes such. */
  readonly makeInput: () => EvaluationInput;
  /** The metrics that the evaluator documents as undefined, hence NaN, when no clip is removed. */
  readonly undefinedWhenAllKept?: readonly string[];
}

/** What every evaluator must do, as vitest tests. Call it inside a `describe` that names the evaluator; `create` makes a fresh one. */
export function testEvaluator(create: () => Evaluator | Promise<Evaluator>, suite: EvaluatorSuite): void {
  describe('keeps the contract of an evaluator', () => {
    const { makeInput, undefinedWhenAllKept = [] } = suite;
    let evaluator: Evaluator;
    beforeAll(async () => {
      evaluator = await create();
    });
    afterAll(() => evaluator.close?.());

    it('has a name', () => expect(evaluator.name).not.toBe(''));

    it('says in a sentence that an empty, unlabelled input is unsuitable', () => {
      expect(evaluator.unsuitable(emptyInput())).toMatch(/^\p{Lu}.+\.$/u);
    });

    it('finds a good input suitable', () => {
      expect(evaluator.unsuitable(makeInput())).toBeUndefined();
      expect(evaluator.unsuitable(keepHalf(makeInput()))).toBeUndefined();
    });

    it('evaluates the whole train set', async () => {
      const input = makeInput();
      const evaluation = await evaluator.evaluate(input);
      expectWellFormed(evaluation, input);
      expectNumbers(evaluation, undefinedWhenAllKept);
    });

    it('evaluates half of it by the same metrics', async () => {
      const input = keepHalf(makeInput());
      const evaluation = await evaluator.evaluate(input);
      expectWellFormed(evaluation, input);
      expectNumbers(evaluation, []);
      const whole = await evaluator.evaluate(makeInput());
      expect(Object.keys(evaluation.metrics)).toEqual(Object.keys(whole.metrics));
    });

    it('gives the same evaluation for the same seed, from a fresh evaluator too', async () => {
      const first = await evaluator.evaluate(keepHalf(makeInput()));
      await evaluator.evaluate(makeInput());
      expect(await evaluator.evaluate(keepHalf(makeInput()))).toEqual(first);
      expect(await closing(create, async (other) => other.evaluate(keepHalf(makeInput())))).toEqual(first);
    });

    it('does not depend on the seed unless it trains', async () => {
      const input = keepHalf(makeInput());
      const reseeded = { ...input, random: input.random.fork('another seed') };
      if (evaluator.trains) return;
      expect(await evaluator.evaluate(reseeded)).toEqual(await evaluator.evaluate(input));
    });

    it('evaluates several sets as it evaluates each', async () => {
      const { keep: half, ...input } = keepHalf(makeInput());
      const sets = [{ keep: half }, { keep: makeInput().keep }];
      const found: Evaluation[] = [];
      await evaluator.evaluateSets?.(input, sets, (index, evaluation) => {
        found[index] = evaluation;
      });
      for (const [index, { metrics, predictions }] of found.entries()) {
        const alone = await evaluator.evaluate({ ...input, keep: sets[index]!.keep });
        expect({ metrics, predictions }).toEqual({ metrics: alone.metrics, predictions: alone.predictions });
      }
      expect(found).toHaveLength(evaluator.evaluateSets === undefined ? 0 : sets.length);
    });

    it('leaves its input as it was', async () => {
      const { random, ...input } = keepHalf(makeInput());
      const before = structuredClone(input);
      await evaluator.evaluate({ ...input, random });
      expect(input).toEqual(before);
    });
  });
}

function expectWellFormed({ perClass = {}, parameters = {}, details = {} }: Evaluation, input: EvaluationInput): void {
  for (const [name, values] of Object.entries(perClass)) {
    expect(values, name).toHaveLength(input.classes.length);
    for (const value of values) expect(value, name).toBeTypeOf('number');
  }
  for (const [name, { shape, data }] of Object.entries(parameters)) {
    expect(data, name).toBeInstanceOf(Float32Array);
    expect(data.length, name).toBe(shape.reduce((product, size) => product * size, 1));
  }
  for (const [name, value] of Object.entries(details)) expect(['number', 'string'], name).toContain(typeof value);
}

function expectNumbers({ metrics }: Evaluation, mayBeUndefined: readonly string[]): void {
  expect(Object.keys(metrics)).not.toHaveLength(0);
  for (const [name, value] of Object.entries(metrics)) {
    expect(value, name).toBeTypeOf('number');
    if (!mayBeUndefined.includes(name)) expect(value, name).toSatisfy(Number.isFinite);
  }
}

function keepHalf(input: EvaluationInput): EvaluationInput {
  const count = input.train.ids.length;
  return { ...input, keep: sampleIndices(seededRandom('half'), count, Math.ceil(count / 2)) };
}

function emptyInput(): EvaluationInput {
  const empty: EvaluationSplit = {
    ids: [],
    labels: [],
    groups: [],
    segments: zeros(0, 0),
    segmentStart: new Uint32Array(1),
    embeddings: zeros(0, 0),
  };
  const random = seededRandom('empty');
  return { task: 'unlabelled', classes: [], train: empty, valid: empty, test: empty, keep: new Uint32Array(), random };
}
