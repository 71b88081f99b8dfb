import { DataError, type Encoder, type EvaluationSplit, type Random, type Split } from '@refrain/core';
import type { AudioMeans } from '../embed/embed.ts';
import type { EvaluationTask } from '../evaluate/evaluate.ts';
import { defaultEncoder } from '../options/components.ts';
import { MODEL_FILE } from '../options/evaluation.ts';
import type { Run } from '../run.ts';
import { embedDataset } from '../source/source.ts';
import { projectInto, trainSpace } from '../space/space.ts';
import { audioMeans } from './audioMeans.ts';

/** What embeds audio for the probe. */
interface ProbeMeans {
  readonly means: AudioMeans;
  /** Closes an encoder that is the probe's alone. */
  close(): Promise<void>;
}

/** What embeds audio for the probe: the encoder that `probeEncoder` names, else the one that prunes. */
export async function probeMeans(run: Run): Promise<ProbeMeans> {
  const means = await audioMeans(run);
  const { probeEncoder } = run.settings;
  if (probeEncoder === undefined) return { means, close: async () => {} };
  const { use, ...given } = typeof probeEncoder === 'string' ? chosenBy(probeEncoder) : probeEncoder;
  let options: Readonly<Record<string, unknown>> = given;
  let made: Encoder | undefined;
  const encoder = async (more?: Readonly<Record<string, unknown>>) => {
    if (made !== undefined && more === undefined) return made;
    await made?.close?.();
    options = { ...options, ...more };
    made = await run.assembly.make('encoder', { use, options });
    return made;
  };
  const threads = () => {
    const own = means.threads();
    return own && { ...own, choices: { ...own.choices, encoder: { use, options } } };
  };
  const { encoderForShort: _, ...others } = means;
  return {
    means: { ...others, encoder, threads, own: undefined, isAdaptable: true },
    close: async () => made?.close?.(),
  };
}

function chosenBy(name: string): { readonly use: string; readonly checkpointPath?: string } {
  return MODEL_FILE.test(name) ? { ...defaultEncoder(name, true), checkpointPath: name } : { use: name };
}

/**
 * The task with the features of the encoder that `probeEncoder` names, for what learns from segments; what compares embeddings has them as they are.
 * They are standardised over the train clips, or as they came in the raw space, never whitened. Throws a DataError for a clip that this encoder
 * cannot embed.
 */
export async function withProbeEncoder(run: Run, task: EvaluationTask, random: Random): Promise<EvaluationTask> {
  if (run.settings.probeEncoder === undefined) return task;
  const { means, close } = await probeMeans(run);
  try {
    const splits = (['train', 'valid', 'test'] as const).filter((split) => task[split].ids.length > 0);
    const embedded = await embedDataset(means, splits);
    const options = { ...run.settings, space: run.settings.space === 'raw' ? 'raw' : 'standardized' } as const;
    const clips = (split: Split) => clipsOf(task[split], embedded[split], means.dataset.name);
    const train = await trainSpace(clips('train'), options, random);
    const other = async (split: Split) => ({
      ...task[split],
      ...(await (await projectInto(train, clips(split), options)).features()),
    });
    return {
      ...task,
      train: { ...task.train, ...(await train.features()) },
      valid: await other('valid'),
      test: await other('test'),
    };
  } finally {
    await close();
  }
}

/** The clips of a split, in its order. */
function clipsOf<C extends { readonly clip: { readonly id: string; readonly path: string } }>(
  { ids }: Pick<EvaluationSplit, 'ids'>,
  clips: readonly C[],
  dataset: string,
): readonly C[] {
  const byId = new Map(clips.map((one) => [one.clip.id, one]));
  return ids.map((id) => {
    const found = byId.get(id);
    if (found !== undefined) return found;
    throw new DataError(
      dataset,
      `${id} cannot be embedded by \`probeEncoder\`, but by the encoder that prunes. Give another, or leave the clip out of the dataset.`,
    );
  });
}
