import type { Random } from '@refrain/core';
import { clipsOf, type EvaluationTask, evaluateSets, evaluationTask, type SetResult } from '../evaluate/evaluate.ts';
import type { Run } from '../run.ts';
import type { EvaluableDataset } from '../source/source.ts';
import { projectInto, type SpaceOptions } from '../space/space.ts';

/** Evaluates the sets in `names`, all in the space of the train clips. `keep` are indices of that space. */
export async function compareSets(
  { assembly, settings, host }: Run,
  embedded: EvaluableDataset,
  keep: Uint32Array,
  names: readonly SetResult['name'][],
  random: Random,
): Promise<SetResult[]> {
  const task = taskOf(embedded, settings);
  const predictions = settings.save.includes('predictions');
  const draws = { trained: settings.draws, untrained: settings.coverageDraws, predictions };
  return evaluateSets(task, keep, names, await assembly.evaluators(), draws, random.fork('evaluate'), host);
}

/** The splits of an embedded dataset as evaluators want them, all in the space of the train clips. */
export function taskOf(embedded: EvaluableDataset, options: SpaceOptions): EvaluationTask {
  const { space: train, dataset } = embedded;
  const spaces = {
    train,
    valid: projectInto(train, embedded.valid, options),
    test: projectInto(train, embedded.test, options),
  };
  const clips = { train: clipsOf(embedded.train), valid: clipsOf(embedded.valid), test: clipsOf(embedded.test) };
  return evaluationTask(dataset, spaces, clips);
}
