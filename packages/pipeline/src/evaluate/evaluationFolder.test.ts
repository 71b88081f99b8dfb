import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Evaluation } from '@refrain/core';
import { syntheticEvaluationInput } from '@refrain/core/testing';
import { LinearProbe, readHead } from '@refrain/evaluators';
import { describe, expect, it } from 'vitest';
import type { SetResult } from './evaluate.ts';
import { safetensorsBytes, writeEvaluation } from './evaluationFolder.ts';

const input = syntheticEvaluationInput('multi-label');

const prunedSet = (evaluation: Evaluation): SetResult => ({
  name: 'pruned',
  clips: 3,
  metrics: Object.fromEntries(
    Object.entries(evaluation.metrics).map(([name, mean]) => [name, { mean, sd: 0, values: [mean] }]),
  ),
  positives: input.classes.map((_, label) => label + 1),
  first: { 'linear-probe': evaluation },
});

describe('an evaluation folder', () => {
  it.each([false, true])('holds a head that gives the same metrics when it is loaded (MLP: %s)', async (mlp) => {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-evaluation-'));
    const trained = await new LinearProbe({ mlp, maxEpochs: 5, learningRate: 0.01 }).evaluate(input);
    const metadata = { standardize: 'on', pooling: 'mean' };
    await writeEvaluation(folder, [prunedSet(trained)], input.classes, { loaded: false, metadata });
    const headPath = join(folder, 'pruned_finetuner.safetensors');
    const head = await readHead(headPath);
    expect(head.parameters).toEqual(trained.parameters);
    expect(Object.fromEntries(head.metadata)).toEqual({ ...metadata, seed: 'the first of 1' });

    const loaded = await new LinearProbe({ headPath }).evaluate(input);
    expect([loaded.metrics, loaded.perClass]).toEqual([trained.metrics, trained.perClass]);
    const before = await readFile(headPath);
    await writeEvaluation(folder, [prunedSet(loaded)], input.classes, { loaded: true, metadata: {} });
    expect((await readdir(folder)).sort()).toEqual([
      'per_tag.tsv',
      'pretrained_results.txt',
      'pruned_finetuner.safetensors',
      'pruned_trained_results.txt',
      'results.json',
    ]);
    expect(await readFile(headPath)).toEqual(before);
    const text = (name: string) => readFile(join(folder, name), 'utf8');
    expect(await text('pretrained_results.txt')).toBe(await text('pruned_trained_results.txt'));
    const [header, first] = (await text('per_tag.tsv')).split('\n').map((line) => line.split('\t'));
    expect(header).toEqual(['tag', 'pruned positives', 'pruned PR-AUC', 'pruned ROC-AUC']);
    expect(first).toEqual([
      input.classes[0],
      '1',
      loaded.perClass!['PR-AUC']![0]!.toFixed(6),
      loaded.perClass!['ROC-AUC']![0]!.toFixed(6),
    ]);
    const [{ details }] = JSON.parse(await text('results.json')) as [{ details: Record<string, object> }];
    expect(details['linear-probe']).toEqual({ head: 'pruned_finetuner.safetensors', skippedClasses: 0 });
  });
});

describe('safetensorsBytes', () => {
  it.each([undefined, {}, { note: 'ünïcode' }, { a: 'b'.repeat(3) }])('aligns the data after %j', (metadata) => {
    const bytes = safetensorsBytes({ x: { shape: [2], data: Float32Array.of(1, 2) } }, metadata);
    const length = Number(Buffer.from(bytes).readBigUInt64LE(0));
    expect(length % 8).toBe(0);
    expect(bytes.length).toBe(8 + length + 8);
    const header = JSON.parse(Buffer.from(bytes.subarray(8, 8 + length)).toString()) as Record<string, unknown>;
    expect(header.__metadata__).toEqual(metadata);
    expect(new Float32Array(bytes.slice(8 + length).buffer)).toEqual(Float32Array.of(1, 2));
  });
});
