import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import {
  type Chosen,
  type Clusterer,
  ConfigError,
  type Dataset,
  type Decoder,
  type Encoder,
  type Evaluator,
  type Executor,
  KINDS,
  type Kind,
  type Matrix,
  nearest,
  type Pruner,
  type SimilarityKernel,
} from '@refrain/core';
import type { Choice } from '../assembly/assemble.ts';
import { userCacheFolder } from '../cache/userCacheFolder.ts';
import { DEFAULT_COMPONENTS, DEFAULT_EVALUATORS, defaultEncoder, PROBES } from '../options/components.ts';
import { refuseContradictions } from '../options/contradictions.ts';
import { checkedValue, type Option } from '../options/option.ts';
import { OPTIONS, type RunValues, refuseRenamed } from '../options/options.ts';
import { askedRules, isWithoutDataset, type OwnName as OwnInput, type Settings } from '../settings.ts';

/**
 * A component: the name of one that comes with the pipeline or a plugin, alone or with its options, as in a run file; one chosen by a call, such as
 * `mfcc({ hopSeconds: 1 })`; or the ready object, which stays open for whoever made it.
 */
export type Use<T> = string | { readonly use: string; readonly [option: string]: unknown } | Chosen<T> | T;

/** Options of the run itself, whose values their schemas check. */
type OwnName = { [Name in keyof RunValues]: unknown extends RunValues[Name] ? never : Name }[keyof RunValues];

/** Options in short for one of a component, which checks the value. */
type ShortName = Exclude<keyof RunValues, OwnName | Kind>;

/** The options of every call: those of the command under the names that `OPTIONS` has, with the same defaults. */
export interface PipelineOptions
  extends Partial<Omit<Pick<RunValues, OwnName>, OwnInput | 'plugin' | 'outsideAudio' | 'probeEncoder'>>,
    Partial<Readonly<Record<ShortName, unknown>>> {
  readonly dataset?: Use<Dataset>;
  readonly decoder?: Use<Decoder>;
  /** A ready one runs in the calling thread. Several stand side by side: their features are one embedding. */
  readonly encoder?: Use<Encoder> | readonly Use<Encoder>[];
  /** Who does the jobs of a run. */
  readonly executor?: Use<Executor>;
  readonly kernel?: Use<SimilarityKernel>;
  readonly clusterer?: Use<Clusterer>;
  readonly pruner?: Use<Pruner>;
  readonly evaluators?: readonly Use<Evaluator>[];
  /** The encoder whose features a probe learns from, where it is another: a name, the file of a model, or a name with options. */
  readonly probeEncoder?: string | { readonly use: string; readonly [option: string]: unknown };
  readonly t?: number;
  readonly threshold?: number;
  readonly noise?: 'prune' | 'keep' | 'recluster';
  /** Own embeddings, a row a clip, in place of the encoder: a matrix, or a .npy or .parquet file. */
  readonly embeddings?: Matrix | string;
  /** In their place, those of the segments of all clips; and the first row of each clip, where the number of rows may stand at the end. */
  readonly segments?: Matrix | string;
  readonly segmentStarts?: ArrayLike<number> | string;
  /** The ids of the rows, or a file of them. */
  readonly ids?: readonly string[] | string;
  /** Names of packages, or paths; and the folder they are found from, by default the working directory. */
  readonly plugins?: readonly string[];
  readonly pluginFolder?: string;
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

/** Options that are no declaration's, or take more here than text. */
const OWN = ['embeddings', 'segments', 'segmentStarts', 'ids'];
const HERE = ['evaluators', ...OWN, 'plugins', 'pluginFolder', 'signal', 'onProgress', 'onNotice'];
/** Declared ones that are not taken: a program names what it trusts. */
const NOT_HERE = ['evaluator', 'plugin', 'outsideAudio'];
const SINGLE = KINDS.filter((kind) => kind !== 'evaluator');

/** The settings that the options of a call make. Throws a ConfigError that names the option. */
export function settingsOf(options: PipelineOptions): Settings {
  const said = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  refuseUnknown(said);
  refuseContradictions((name) => name in said);
  const values = valuesOf(said);
  const recluster = said.noise === 'recluster';
  const choices = choicesOf({ ...said, ...(recluster && { noise: 'prune' }) }, values.probe);
  const { embeddings, segments, segmentStarts, ids, plugins = [], pluginFolder = process.cwd() } = options;
  const chosen = { choices, ownChoices: choices, outsideAudio: true, recluster, pluginFolder };
  return completeSettings({ ...values, ...chosen, embeddings, segments, segmentStarts, ids }, plugins);
}

/**
 * Settings from the checked values of options and what was chosen: with where things are kept, and how many threads work, where nothing is said of it.
 * Paths among `plugins` are taken from `pluginFolder`. Throws a ConfigError for what embeddings without a dataset cannot have.
 */
export function completeSettings<Values extends Incomplete>(values: Values, plugins: readonly string[]) {
  const { cacheDir, workers, pluginFolder, fingerprints } = values;
  if (fingerprints && isWithoutDataset(values))
    throw new ConfigError(
      'fingerprints',
      '`fingerprints` on cannot be: own embeddings without `dataset` come without audio. Leave them off.',
    );
  return {
    ...values,
    rules: askedRules(values),
    plugins: plugins.map((name) => (/^\.{1,2}[\\/]/.test(name) ? resolve(pluginFolder, name) : name)),
    cacheDir: resolve(cacheDir ?? userCacheFolder()),
    workers: workers ?? availableParallelism(),
  };
}

/** Settings without what is derived. */
type Incomplete = Omit<Settings, 'rules' | 'plugins' | 'cacheDir' | 'workers'> & Omit<RunValues, OwnInput>;

function refuseUnknown(said: Readonly<Record<string, unknown>>): void {
  const known = [...new Set([...Object.keys(OPTIONS), ...SINGLE, ...HERE])].filter((name) => !NOT_HERE.includes(name));
  const unknown = Object.keys(said).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  refuseRenamed(unknown);
  const meant = nearest(unknown, known);
  const advice = meant === undefined ? `There are ${known.toSorted().join(', ')}.` : `Is \`${meant}\` meant?`;
  throw new ConfigError(unknown, `There is no option \`${unknown}\`. ${advice}`);
}

/** The checked values of the options of the run; those of components are checked by them. */
function valuesOf(said: Readonly<Record<string, unknown>>): RunValues {
  const own = Object.entries<Option>(OPTIONS).filter(([name, { sets }]) => sets === undefined && !HERE.includes(name));
  return Object.fromEntries(
    own.map(([name, one]) => [name, checkedValue(name, one, said[name])]),
  ) as unknown as RunValues;
}

function choicesOf(said: Readonly<Record<string, unknown>>, probe: RunValues['probe']): Settings['choices'] {
  const { evaluators = DEFAULT_EVALUATORS, ...uses } = {
    ...DEFAULT_COMPONENTS,
    ...said,
  } as Readonly<Partial<Record<Kind, Use<object>>>> & Pick<PipelineOptions, 'evaluators'>;
  const single = SINGLE.flatMap((kind) => {
    const use = uses[kind];
    if (use !== undefined) return [[kind, withShort(kind, choiceOf(kind, use), said)] as const];
    const encoder = { ...defaultEncoder(said.checkpointPath, false), options: {} };
    return kind === 'encoder' ? [[kind, withShort(kind, encoder, said)] as const] : [];
  });
  const evaluator = evaluators.map((use) => {
    const choice = choiceOf('evaluator', use as Use<object>);
    const options = { ...(choice.use === 'linear-probe' && PROBES[probe]), ...choice.options };
    return withShort(choice.use, { ...choice, options }, said);
  });
  return { ...Object.fromEntries(single), evaluator };
}

/** A choice with the options in short for those of `owner`, a kind or an evaluator. */
function withShort(owner: string, choice: Choice, said: Readonly<Record<string, unknown>>): Choice {
  const short = Object.entries<Option>(OPTIONS).flatMap(([name, { sets }]) =>
    sets?.startsWith(`${owner}.`) && name in said ? [[name, sets.slice(owner.length + 1)] as const] : [],
  );
  const [first] = short;
  if (choice.instance !== undefined && first !== undefined)
    throw new ConfigError(
      first[0],
      `\`${first[0]}\` is an option of a component that is chosen; that of \`${owner}\` is a ready one. Leave one of them out.`,
    );
  return {
    ...choice,
    options: { ...choice.options, ...Object.fromEntries(short.map(([name, to]) => [to, said[name]])) },
  };
}

/** By what a ready component of each kind is known. */
const METHODS: Readonly<Record<Kind, string>> = {
  decoder: 'decode',
  dataset: 'readAudio',
  encoder: 'encode',
  executor: 'run',
  kernel: 'load',
  clusterer: 'cluster',
  pruner: 'prune',
  evaluator: 'evaluate',
};

function choiceOf(kind: Kind, use: Use<object>): Choice {
  if (typeof use === 'string') return { use, options: {} };
  if (kind === 'encoder' && Array.isArray(use) && use.length > 0) {
    const parts = use.map((one: Use<object>) => choiceOf(kind, one));
    return parts.length === 1 ? parts[0]! : { use: parts.map((part) => part.use).join(','), options: {}, parts };
  }
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
