import type { Random } from '@refrain/core';
import type { Run } from '../run.ts';
import type { EvaluableDataset } from '../source/source.ts';
import { projectInto } from '../space/space.ts';
import { clipsOf, type EvaluationTask, evaluateSets, evaluationTask, type SetResult } from './evaluate.ts';

/** Evaluates the sets in `names`, all in the space of the train clips. `keep` are indices of that space. */
export async function compareSets(
  { assembly, settings, host }: Run,
  embedded: EvaluableDataset,
  keep: Uint32Array,
  names: readonly SetResult['name'][],
  random: Random,
): Promise<SetResult[]> {
  const task = taskOf(settings, embedded);
  const predictions = settings.save.includes('predictions');
  const draws = { trained: settings.draws, untrained: settings.coverageDraws, predictions };
  return evaluateSets(task, keep, names, await assembly.evaluators(), draws, random.fork('evaluate'), host);
}

/** The splits of an embedded dataset as evaluators want them, all in the space of the train clips. */
export function taskOf(settings: Run['settings'], embedded: EvaluableDataset): EvaluationTask {
  const { space: train, dataset } = embedded;
  const spaces = {
    train,
    valid: projectInto(train, embedded.valid, settings),
    test: projectInto(train, embedded.test, settings),
  };
  const clips = { train: clipsOf(embedded.train), valid: clipsOf(embedded.valid), test: clipsOf(embedded.test) };
  return evaluationTask(dataset, spaces, clips);
}
