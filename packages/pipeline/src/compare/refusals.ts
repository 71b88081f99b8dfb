import { ConfigError, DataError, type Dataset, type Evaluator, seededRandom, zeros } from '@refrain/core';
import { clipsPerClass, type EvaluationTask, evaluationTask } from '../evaluate/evaluate.ts';
import type { Run } from '../run.ts';
import { isWithoutDataset } from '../settings.ts';
import type { ComparedSet } from './sets.ts';
import type { Grouping } from './testParts.ts';

/** Valid and test clips are never pruned: every set names clips of the train split alone, each once. Throws a DataError otherwise. */
export function refuseTouched(sets: readonly ComparedSet[], trainClips: number): void {
  for (const { strategy, keep } of sets) {
    const isTrain = keep.every((clips) =>
      clips.every((clip, i) => clip < trainClips && (i === 0 || clip > clips[i - 1]!)),
    );
    if (!isTrain) throw new DataError(strategy, `${strategy} chose clips that are not of the train split.`);
  }
}

/** Throws a ConfigError for what only a single set can have: an earlier folder to go on from, and merged labels. */
export function refuseOneSet({ settings: { rules, base } }: Run): void {
  if (base === undefined && !rules.mergeLabels) return;
  throw new ConfigError(
    'compare',
    'compare chooses many sets from all train clips, with their own labels: leave out `base` and `mergeLabels`. `refrain run` takes them, for one set.',
  );
}

/** Throws a ConfigError where embeddings came without a dataset: they have no labels. */
export function refuseOwnEmbeddings({ settings }: Run): void {
  if (!isWithoutDataset(settings)) return;
  throw new ConfigError(
    'embeddings',
    '`embeddings` come without labels and splits, so there is nothing to compare by: give their `dataset` too.',
  );
}

/**
 * Refuses what the list of clips shows already, before they are embedded: a DataError where labels or the clips of a split are missing, a
 * ConfigError where no test clip has what is to be resampled by, for then every clip would count as a track or artist of its own.
 */
export function refuseClips(
  dataset: Dataset,
  evaluators: readonly Evaluator[],
  resampleBy: Grouping | undefined,
): void {
  const task = evaluationTask(dataset, (split) => {
    const clips = dataset.clips.filter((clip) => clip.split === split);
    // In place of embeddings that are still to come.
    const embeddings = zeros(clips.length, 0);
    const segmentStart = Uint32Array.from({ length: clips.length + 1 }, (_, i) => i);
    return {
      clips,
      space: { ids: clips.map(({ id }) => id), embeddings },
      features: { segments: embeddings, segmentStart },
    };
  });
  for (const evaluator of evaluators) refuseUnsuitable(dataset.name, evaluator, task);
  if (resampleBy === undefined || resampleBy === 'clip') return;
  if (task.test.groups.some((groups) => groups?.[resampleBy] !== undefined)) return;
  throw new ConfigError(
    'resampleBy',
    `\`resampleBy\` ${resampleBy}: no test clip of ${dataset.name} names its ${resampleBy}. Leave it out, or resample by clip.`,
  );
}

/** Throws a DataError where the evaluator cannot evaluate sets of the task. */
export function refuseUnsuitable(name: string, evaluator: Evaluator, task: EvaluationTask): void {
  const reason = evaluator.unsuitable({ ...task, keep: Uint32Array.of(0), random: seededRandom(0) });
  if (reason !== undefined) throw new DataError(name, `${reason} So sets of ${name} cannot be compared.`);
}

/** Says of how many classes the test clips can tell nothing: no mean counts them. */
export function tellUnseen({ task, classes, test }: EvaluationTask, notice: (message: string) => void): void {
  const isMulti = task === 'multi-label';
  const counts = clipsPerClass(test.labels, classes);
  const unseen = counts.filter((count) => count === 0 || (isMulti && count === test.ids.length)).length;
  if (unseen === 0) return;
  const what = isMulti ? 'tags without positives or without negatives' : 'classes without clips';
  notice(`in test ${unseen} of ${classes.length} ${what}: they are n/a in per_tag.tsv, and no mean counts them.`);
}
