import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  booleanOption,
  type Chosen,
  type Clusterer,
  ConfigError,
  type Dataset,
  type Decoder,
  type Encoder,
  type Evaluator,
  GROUP_KINDS,
  type GroupKind,
  KINDS,
  type Kind,
  type Matrix,
  numberOption,
  type Pruner,
  type SimilarityKernel,
  z,
} from '@refrain/core';
import type { Choice } from '../assembly/assemble.ts';
import { DUPLICATE_POLICIES, type DuplicatePolicy } from '../duplicates/duplicatePolicy.ts';
import type { AskedRules, Settings } from '../settings.ts';

/**
 * A component: the name of one that comes with the pipeline or a plugin, alone or with its options, as in a run file; one chosen by a call, such as
 * `mfcc({ hopSeconds: 1 })`; or the ready object, which stays open for whoever made it.
 */
export type Use<T> = string | { readonly use: string; readonly [option: string]: unknown } | Chosen<T> | T;

/** The options of every call. What is left out has the default of the command. */
export interface PipelineOptions {
  readonly dataset?: Use<Dataset>;
  readonly decoder?: Use<Decoder>;
  /** Default: `mfcc`. A ready one runs in the calling thread. */
  readonly encoder?: Use<Encoder>;
  readonly kernel?: Use<SimilarityKernel>;
  readonly clusterer?: Use<Clusterer>;
  readonly pruner?: Use<Pruner>;
  readonly evaluators?: readonly Use<Evaluator>[];
  /** Options of the strategy, for those that have them: how much goes, 0…1; the fixed similarity of redundant clips; clips in no cluster. */
  readonly t?: number;
  readonly threshold?: number;
  readonly noise?: 'prune' | 'keep' | 'recluster';
  /** The share of the train clips that stays, above 0 and at most 1, in place of `t`. */
  readonly keep?: number;
  /** Own embeddings in place of dataset and encoder, a row a clip: a matrix, or a .npy or .parquet file; the ids of the rows, or a file of them. */
  readonly embeddings?: Matrix | string;
  readonly ids?: readonly string[] | string;
  readonly embeddingsColumn?: string;
  readonly idsColumn?: string;
  readonly pooling?: 'mean' | 'first' | 'flatten';
  readonly standardize?: boolean;
  readonly duplicates?: DuplicatePolicy;
  readonly fingerprints?: boolean;
  /** Seconds: shorter clips are compared by their audio alone. */
  readonly shortest?: number;
  /** Folder of an earlier run whose decisions stay. */
  readonly base?: string;
  readonly minPerLabel?: number;
  readonly maxPerTrack?: number;
  readonly maxPerAlbum?: number;
  readonly maxPerArtist?: number;
  readonly minPerTrack?: number;
  readonly minPerAlbum?: number;
  readonly minPerArtist?: number;
  readonly keepRules?: readonly string[];
  /** File of a person's decisions. */
  readonly overrides?: string;
  readonly mergeLabels?: boolean;
  /** Seeds of each evaluated set, at least 2; random sets for evaluators that do not train. */
  readonly draws?: number;
  readonly coverageDraws?: number;
  readonly seed?: number;
  /** Share of clips that may be unreadable. */
  readonly maxBad?: number;
  /** Seconds that decoding and encoding one clip may take. */
  readonly clipTimeLimit?: number;
  /** Names of packages, or paths; where they are found from, by default the working directory. */
  readonly plugins?: readonly string[];
  readonly pluginFolder?: string;
  /** Where embeddings are kept; default as the command's. */
  readonly cacheDir?: string;
  /** Threads. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProgressReport) => void;
  /** Told each sentence that matters for the result once. */
  readonly onNotice?: (message: string) => void;
}

/** How far a piece of work has come. */
export interface ProgressReport {
  /** What is being done, e.g. `embedding`. */
  readonly label: string;
  /** Of `total` units so far. */
  readonly done: number;
  readonly total: number;
  readonly unit: string;
}

const COUNT = numberOption((n) => n.int().min(0)).optional();
const MOST = numberOption((n) => n.int().min(1)).optional();

const SCHEMA = z.object({
  keep: z.number().gt(0).max(1).optional(),
  noise: z.enum(['prune', 'keep', 'recluster']).optional(),
  embeddingsColumn: z.string().optional(),
  idsColumn: z.string().optional(),
  pooling: z.enum(['mean', 'first', 'flatten']).default('mean'),
  standardize: booleanOption().default(true),
  duplicates: z.enum(DUPLICATE_POLICIES).default('one'),
  fingerprints: booleanOption().optional(),
  shortest: numberOption((n) => n.min(0)).default(0.5),
  base: z.string().optional(),
  minPerLabel: COUNT,
  maxPerTrack: MOST,
  maxPerAlbum: MOST,
  maxPerArtist: MOST,
  minPerTrack: COUNT,
  minPerAlbum: COUNT,
  minPerArtist: COUNT,
  keepRules: z.array(z.string()).default([]),
  overrides: z.string().optional(),
  mergeLabels: booleanOption().default(false),
  draws: numberOption((n) => n.int().min(2)).default(10),
  coverageDraws: numberOption((n) => n.int().min(2)).default(100),
  seed: numberOption((n) => n.int().min(0)).default(42),
  maxBad: numberOption((n) => n.min(0).max(1)).default(0.01),
  clipTimeLimit: numberOption((n) => n.positive()).default(300),
  plugins: z.array(z.string()).default([]),
  pluginFolder: z.string().optional(),
  cacheDir: z.string().optional(),
  workers: numberOption((n) => n.int().min(1)).optional(),
});

const OTHERS = ['t', 'threshold', 'embeddings', 'ids', 'evaluators', 'signal', 'onProgress', 'onNotice'];
const SINGLE = KINDS.filter((kind) => kind !== 'evaluator');

/** The settings that the options of a call make. Throws a ConfigError that names the option. */
export function settingsOf(options: PipelineOptions): Settings {
  const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const known = [...Object.keys(SCHEMA.shape), ...SINGLE, ...OTHERS];
  const unknown = Object.keys(said).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new ConfigError(unknown, `There is no option \`${unknown}\`. There are ${known.toSorted().join(', ')}.`);
  refuseContradictions(said);
  const parsed = SCHEMA.safeParse(Object.fromEntries(Object.entries(said).filter(([name]) => name in SCHEMA.shape)));
  if (!parsed.success) throw wrongValue(parsed.error, said);
  const { keepRules, minPerLabel, overrides, mergeLabels, noise, pluginFolder = process.cwd(), ...rest } = parsed.data;
  const limits = (end: 'max' | 'min') =>
    Object.fromEntries(
      GROUP_KINDS.map((kind) => [kind, parsed.data[`${end}Per${capital(kind)}`]] as const).filter(
        ([, limit]) => limit !== undefined,
      ),
    ) as AskedRules['maxPerGroup'];
  const choices = choicesOf(options, noise === 'recluster' ? 'prune' : noise);
  return {
    ...rest,
    choices,
    ownChoices: choices,
    outsideAudio: true,
    keep: rest.keep,
    fingerprints: rest.fingerprints,
    base: rest.base,
    embeddings: options.embeddings,
    ids: options.ids,
    embeddingsColumn: rest.embeddingsColumn,
    idsColumn: rest.idsColumn,
    recluster: noise === 'recluster',
    rules: {
      minPerLabel,
      maxPerGroup: limits('max'),
      minPerGroup: limits('min'),
      keepRules,
      overrides,
      mergeLabels,
    },
    pluginFolder,
    plugins: rest.plugins.map((name) => (/^\.{1,2}[\\/]/.test(name) ? resolve(pluginFolder, name) : name)),
    cacheDir: resolve(rest.cacheDir ?? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'refrain')),
    workers: rest.workers ?? availableParallelism(),
    outputDir: '.',
    output: undefined,
    format: undefined,
    metadataOnly: false,
    allow: '',
    withoutLeaks: false,
    json: false,
    save: [],
    quiet: true,
  };
}

const capital = (kind: GroupKind) => `${kind[0]!.toUpperCase()}${kind.slice(1)}` as Capitalize<GroupKind>;

function wrongValue({ issues: [issue] }: z.ZodError, said: Readonly<Record<string, unknown>>): ConfigError {
  const name = String(issue?.path[0]);
  return new ConfigError(name, `\`${name}\`: ${issue?.message} (given: ${JSON.stringify(said[name])}).`);
}

function refuseContradictions(said: Readonly<Record<string, unknown>>): void {
  const both = (a: string, b: string, why: string) => {
    if (a in said && b in said)
      throw new ConfigError(b, `\`${a}\` and \`${b}\` exclude each other: ${why}. Leave one of them out.`);
  };
  both('t', 'keep', 'either says how much is removed');
  both('ids', 'idsColumn', 'either names the ids');
  for (const name of ['dataset', 'encoder', 'fingerprints'])
    if (said[name] !== false) both('embeddings', name, 'own embeddings stand in place of dataset and encoder');
  for (const name of ['ids', 'embeddingsColumn', 'idsColumn'])
    if (name in said && !('embeddings' in said))
      throw new ConfigError(name, `\`${name}\` belongs to \`embeddings\`, which is missing.`);
}

const DEFAULTS = { decoder: 'builtin', encoder: 'mfcc', kernel: 'cpu', clusterer: 'hdbscan', pruner: 'jensen-shannon' };

function choicesOf(options: PipelineOptions, noise: string | undefined): Settings['choices'] {
  const { evaluators = ['coverage', 'linear-probe'], t, threshold } = options;
  const uses = { ...DEFAULTS, ...options } as Readonly<Partial<Record<Kind, Use<object>>>>;
  const chosen = SINGLE.filter((kind) => uses[kind] !== undefined).map((kind) => [kind, choiceOf(kind, uses[kind]!)]);
  const { pruner, ...others } = Object.fromEntries(chosen) as Record<Kind, Choice>;
  const knobs = Object.fromEntries(Object.entries({ t, threshold, noise }).filter(([, value]) => value !== undefined));
  const [knob] = Object.keys(knobs);
  if (pruner!.instance !== undefined && knob !== undefined)
    throw new ConfigError(
      knob,
      `\`${knob}\` is an option of a chosen strategy; \`pruner\` is a ready one. Leave one out.`,
    );
  return {
    ...others,
    pruner: { ...pruner!, options: { ...pruner!.options, ...knobs } },
    evaluator: evaluators.map((use) => choiceOf('evaluator', use as Use<object>)),
  };
}

/** By what a ready component of each kind is known. */
const METHODS: Readonly<Record<Kind, string>> = {
  decoder: 'decode',
  dataset: 'readAudio',
  encoder: 'encode',
  kernel: 'load',
  clusterer: 'cluster',
  pruner: 'prune',
  evaluator: 'evaluate',
};

function choiceOf(kind: Kind, use: Use<object>): Choice {
  if (typeof use === 'string') return { use, options: {} };
  const fields = use as Partial<{ use: string; name: string } & Chosen<unknown>> & Readonly<Record<string, unknown>>;
  if (typeof fields.use === 'string') {
    const { use: name, ...options } = fields;
    return { use: name, options };
  }
  if (typeof fields.component?.create === 'function')
    return { use: fields.component.name, options: fields.options ?? {}, component: fields.component };
  if (typeof fields[METHODS[kind]] === 'function') return { use: fields.name ?? kind, options: {}, instance: use };
  throw new ConfigError(
    kind,
    `\`${kind}\`: expected the name of a component, one that is chosen by calling it, such as hdbscan(), or an object with ${METHODS[kind]}().`,
  );
}
