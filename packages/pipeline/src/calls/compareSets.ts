import type { Random } from '@refrain/core';
import { evaluateSets, type SetResult, taskOf } from '../evaluate/evaluate.ts';
import type { Run } from '../run.ts';
import type { EvaluableDataset } from '../source/source.ts';

/** Evaluates the sets in `names`, all in the space of the train clips. `keep` are indices of that space. */
export async function compareSets(
  { assembly, settings, host }: Run,
  embedded: EvaluableDataset,
  keep: Uint32Array,
  names: readonly SetResult['name'][],
  random: Random,
): Promise<SetResult[]> {
  const task = await taskOf(embedded, settings);
  const predictions = settings.save.includes('predictions');
  const draws = { trained: settings.draws, untrained: settings.coverageDraws, predictions };
  return evaluateSets(task, keep, names, await assembly.evaluators(), draws, random.fork('evaluate'), host);
}
