import { join } from 'node:path';
import { ConfigError, type Dataset, SIMILARITY_GRID } from '@refrain/core';
import {
  EXPORT_FORMS,
  type ExportForm,
  FILES,
  type PrunedFolder,
  readFolder,
  readPrunedDataset,
  verifyFolder,
  writeExport,
} from '@refrain/pruned-dataset';
import { type ChoiceCheck, checkChoice } from '../verify/checkChoice.ts';
import { datasetOf } from './audioMeans.ts';
import { hostOf, inRun } from './inRun.ts';
import { type PipelineOptions, settingsOf } from './options.ts';

/** What is done to verify a folder. */
export interface VerifyOptions extends Pick<PipelineOptions, 'signal' | 'workers'> {
  /** Whether it is also pruned again from the folder alone, and compared; default true. */
  readonly again?: boolean;
  /** How far embeddings move in the draws that tell which clips' being kept hangs on their last digits, 0 (off) to 0.01. */
  readonly jitter?: number;
  /** How many draws, default 10. */
  readonly draws?: number;
}

/** The certificate of a folder, recomputed, and what pruning it again gave; `failure` is the first thing that does not hold. */
export type FolderCheck = Awaited<ReturnType<typeof verifyFolder>> & Omit<ChoiceCheck, 'failure'>;

/** Verifies a pruned dataset folder, from its files alone. Throws a DataError for a file that is missing or malformed. */
export async function verify(path: string, options: VerifyOptions = {}): Promise<FolderCheck> {
  const { again = true, jitter = SIMILARITY_GRID, draws, ...rest } = options;
  const settings = settingsOf(rest);
  const folder = await readFolder(path);
  const certificate = await verifyFolder(folder, rest.signal);
  if (certificate.failure !== undefined || !again) return certificate;
  const chosen = settingsOf({ ...rest, ...optionsOf(folder) });
  return {
    ...certificate,
    ...(await checkChoice(folder, chosen, { jitter, ...(draws && { draws }) }, hostOf(rest, settings))),
  };
}

/** The options that decided after the clustering when a folder was made, in the words of the library. */
function optionsOf({ path, metadata: { settings } }: PrunedFolder): PipelineOptions {
  const decided = ['duplicates', 'seed', 'keep', 'keep-rules', 'merge-labels', 'min-per-label'];
  const limits = ['track', 'album', 'artist'].flatMap((kind) => [`min-per-${kind}`, `max-per-${kind}`]);
  const found = [...decided, ...limits].filter((name) => settings[name] !== undefined);
  const camel = (name: string) => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const { noise, ...pruner } = settings.pruner as { use: string; noise?: NonNullable<PipelineOptions['noise']> };
  return {
    ...Object.fromEntries(found.map((name) => [camel(name), settings[name]])),
    pruner,
    ...(noise !== undefined && { noise }),
    ...(settings.overrides !== undefined && { overrides: join(path, FILES.overrides) }),
  };
}

/** How a folder is exported. */
export interface ExportOptions
  extends Pick<PipelineOptions, 'dataset' | 'decoder' | 'plugins' | 'pluginFolder' | 'onNotice'> {
  /** Default: `list`, which the manifest dataset reads. */
  readonly form?: ExportForm;
}

/**
 * Writes the kept clips of a pruned dataset folder in a form that training code reads, and returns the absolute path. `native`, `links` and `copies` may
 * need the dataset. Throws a ConfigError where the form cannot be had.
 */
export async function exportTo(path: string, output: string, options: ExportOptions = {}): Promise<string> {
  const { form = 'list', ...rest } = options;
  if (!EXPORT_FORMS.includes(form))
    throw new ConfigError('form', `\`form\` ${form}: expected one of ${EXPORT_FORMS.join(', ')}.`);
  const pruned = await readPrunedDataset(path);
  return inRun(rest, async ({ assembly, settings, host: { notice } }) => {
    const dataset = (): Promise<Dataset> => datasetOf(assembly, settings);
    return (await writeExport(pruned, form, output, { dataset, notice })).folder;
  });
}
