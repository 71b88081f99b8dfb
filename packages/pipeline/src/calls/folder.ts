import { join } from 'node:path';
import { ConfigError, type Dataset, defined, type Host, SIMILARITY_GRID } from '@refrain/core';
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
import type { Option } from '../options/option.ts';
import { kebabCase, OPTIONS } from '../options/options.ts';
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
  const { again, jitter, draws, ...rest } = options;
  return verifyIn(path, defined({ again, jitter, draws }), hostOf(rest, settingsOf(rest)));
}

/** The same with a host that is there already; it is told nothing: what the strategy has to say it said when the folder was made. */
export async function verifyIn(
  path: string,
  { again = true, jitter = SIMILARITY_GRID, draws = 10 }: Omit<VerifyOptions, 'signal' | 'workers'>,
  host: Host,
): Promise<FolderCheck> {
  const folder = await readFolder(path);
  const { measureCosines } = await import('@refrain/kernels');
  const certificate = await verifyFolder(folder, host.signal, measureCosines);
  if (certificate.failure !== undefined || !again) return certificate;
  const settings = settingsOf(optionsOf(folder));
  const silent = { ...host, notice: () => {} };
  return { ...certificate, ...(await checkChoice(folder, settings, { jitter, draws }, silent)) };
}

/** The options that decided after the clustering when a folder was made, in the words of the library. */
function optionsOf({ path, metadata: { settings } }: PrunedFolder): PipelineOptions {
  const decided = Object.entries<Option>(OPTIONS).flatMap(([name, { invalidates, sets }]) =>
    invalidates === 'choice' && sets === undefined ? [[name, settings[kebabCase(name)]] as const] : [],
  );
  const { noise, ...pruner } = Object(settings.pruner) as Pick<PipelineOptions, 'noise'> & { use: string };
  const overrides = settings.overrides === undefined ? undefined : join(path, FILES.overrides);
  return defined({ ...Object.fromEntries(decided), pruner, noise, overrides });
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
