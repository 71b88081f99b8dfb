import { availableParallelism, homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { booleanOption, ConfigError, GROUP_KINDS, type GroupKind, numberOption, z } from '@refrain/core';
import { type AskedRules, DUPLICATE_POLICIES, LIST_FORMATS, SAVED, type Settings } from '@refrain/pipeline';
import { chooseComponents, PROBE_NAMES } from './choices.ts';
import { inherited, isGiven, namesOf, omit, overFile, type RawValues, withAbsolutePaths } from './given.ts';
import { readRunFile } from './runFile.ts';

/** A share as a number: `60%` is 0.6. */
export const shareOf = (value: unknown) =>
  typeof value === 'string' && value.trim().endsWith('%')
    ? Number(value.trim().slice(0, -1)) / 100
    : typeof value === 'string'
      ? Number(value)
      : value;

const MAXIMUM = z.preprocess(
  (value) => (value === 'any' ? undefined : value),
  numberOption((n) => n.int().min(1)).optional(),
);

/** Text with commas as a list. */
const listOf = (value: unknown) => (typeof value === 'string' ? value.split(',').map((one) => one.trim()) : value);

const RUN_SETTINGS = z.object({
  'clip-time-limit': numberOption((n) => n.positive()).default(300),
  'max-bad': z.preprocess(shareOf, z.number().min(0).max(1)).default(0.01),
  pooling: z.enum(['mean', 'first', 'flatten']).default('mean'),
  standardize: booleanOption().default(true),
  embeddings: z.string().optional(),
  ids: z.string().optional(),
  'embeddings-column': z.string().optional(),
  'ids-column': z.string().optional(),
  duplicates: z.enum(DUPLICATE_POLICIES).default('one'),
  fingerprints: booleanOption().optional(),
  shortest: numberOption((n) => n.min(0)).default(0.5),
  base: z.string().optional(),
  keep: z.preprocess(shareOf, z.number().gt(0).max(1)).optional(),
  'min-per-label': numberOption((n) => n.int().min(0)).optional(),
  'max-per-track': MAXIMUM,
  'max-per-album': MAXIMUM,
  'max-per-artist': MAXIMUM,
  'min-per-track': numberOption((n) => n.int().min(0)).optional(),
  'min-per-album': numberOption((n) => n.int().min(0)).optional(),
  'min-per-artist': numberOption((n) => n.int().min(0)).optional(),
  'keep-rules': z.array(z.string()).default([]),
  overrides: z.string().optional(),
  'merge-labels': booleanOption().default(false),
  probe: z.enum(PROBE_NAMES).default('clmr'),
  draws: numberOption((n) => n.int().min(2)).default(10),
  'coverage-draws': numberOption((n) => n.int().min(2)).default(100),
  'outside-audio': booleanOption().default(false),
  'output-dir': z.string().default('pruned_data'),
  output: z.string().optional(),
  format: z.enum(LIST_FORMATS).optional(),
  'metadata-only': booleanOption().default(false),
  allow: z.string().default(''),
  'without-leaks': booleanOption().default(false),
  plugin: z.array(z.string()).default([]),
  'cache-dir': z.string().optional(),
  workers: numberOption((n) => n.int().min(1)).optional(),
  seed: numberOption((n) => n.int().min(0)).default(42),
  json: booleanOption().default(false),
  save: z.preprocess(listOf, z.array(z.enum(SAVED))).default([]),
  quiet: booleanOption().default(false),
});

/**
 * The settings from the command line's values (kebab-case and dotted names) and the run file that `config` names; both win over `base`.
 * Throws a ConfigError that names the option.
 */
export async function readSettings(
  given: RawValues,
  base: RawValues = {},
  pluginFolder = pluginFolderOf(given),
): Promise<Settings> {
  const file = typeof given.config === 'string' ? await readRunFile(given.config) : {};
  const { config: _, ...flags } = given;
  const own = overFile(file, flags);
  // Of the two ways to say how much stays, that on the command line replaces the one in the file.
  if (isGiven(flags, 'keep') && !isGiven(flags, 't')) omit(own, 't');
  if (isGiven(flags, 't') && !isGiven(flags, 'keep')) omit(own, 'keep');
  refuseContradictions(own);
  const merged = withAbsolutePaths({ ...inherited(base, own), ...own });
  // A strategy prunes what the second clustering leaves over: to it both are one.
  const recluster = namesOf('noise').filter((name) => merged[name] === 'recluster');
  for (const name of recluster) merged[name] = 'prune';
  const run = parseRunSettings(merged);
  refuseLoneFingerprints(run);
  return {
    choices: chooseComponents(merged, run.probe),
    ownChoices: chooseComponents(withAbsolutePaths(own), run.probe),
    outsideAudio: run['outside-audio'] || isGiven(own, 'dataset-dir') || !isGiven(base, 'dataset-dir'),
    clipTimeLimit: run['clip-time-limit'],
    maxBad: run['max-bad'],
    pooling: run.pooling,
    standardize: run.standardize,
    embeddings: run.embeddings,
    ids: run.ids,
    embeddingsColumn: run['embeddings-column'],
    idsColumn: run['ids-column'],
    duplicates: run.duplicates,
    fingerprints: run.fingerprints,
    shortest: run.shortest,
    base: run.base,
    keep: run.keep,
    recluster: recluster.length > 0,
    rules: {
      minPerLabel: run['min-per-label'],
      maxPerGroup: perGroup((kind) => run[`max-per-${kind}`]),
      minPerGroup: perGroup((kind) => run[`min-per-${kind}`]),
      keepRules: run['keep-rules'],
      overrides: run.overrides,
      mergeLabels: run['merge-labels'],
    },
    draws: run.draws,
    coverageDraws: run['coverage-draws'],
    outputDir: run['output-dir'],
    output: run.output,
    format: run.format,
    metadataOnly: run['metadata-only'],
    allow: run.allow,
    withoutLeaks: run['without-leaks'],
    plugins: run.plugin.map((name) => (/^\.{1,2}[\\/]/.test(name) ? resolve(pluginFolder, name) : name)),
    pluginFolder,
    cacheDir: resolve(run['cache-dir'] ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'refrain')),
    workers: run.workers ?? availableParallelism(),
    seed: run.seed,
    json: run.json,
    save: run.save,
    quiet: run.quiet,
  };
}

/** Where plugins are found from: the folder of the run file, else the working directory. */
export function pluginFolderOf({ config }: RawValues): string {
  return typeof config === 'string' ? dirname(resolve(config)) : process.cwd();
}

function refuseLoneFingerprints(run: z.output<typeof RUN_SETTINGS>): void {
  if (run.fingerprints && run.embeddings !== undefined)
    throw new ConfigError(
      'fingerprints',
      '--fingerprints on cannot be: --embeddings come without audio. Leave one of them out.',
    );
}

function perGroup(limit: (kind: GroupKind) => number | undefined): AskedRules['maxPerGroup'] {
  return Object.fromEntries(
    GROUP_KINDS.map((kind) => [kind, limit(kind)] as const).filter(([, value]) => value !== undefined),
  );
}

function parseRunSettings(merged: RawValues): z.output<typeof RUN_SETTINGS> {
  const own = Object.fromEntries(Object.entries(merged).filter(([name]) => name in RUN_SETTINGS.shape));
  const result = RUN_SETTINGS.safeParse(own);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const name = String(issue?.path[0]);
  throw new ConfigError(name, `--${name}: ${issue?.message} (given: ${JSON.stringify(own[name])}).`);
}

function refuseContradictions(own: RawValues): void {
  const both = (a: string, b: string, why: string) => {
    if (isGiven(own, a) && isGiven(own, b))
      throw new ConfigError(b, `--${a} and --${b} exclude each other: ${why}. Leave one of them out.`);
  };
  both('t', 'keep', 'either says how much is removed');
  both('output', 'output-dir', '--output names the folder itself, --output-dir the place for a new one');
  for (const name of ['dataset', 'dataset-dir', 'encoder', 'checkpoint-path'])
    both('embeddings', name, 'own embeddings stand in place of dataset and encoder');
  for (const name of ['ids', 'embeddings-column', 'ids-column']) {
    if (isGiven(own, name) && !isGiven(own, 'embeddings'))
      throw new ConfigError(name, `--${name} belongs to --embeddings FILE, which is missing.`);
  }
  both('ids', 'ids-column', 'either names the ids');
}
