import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Host, Matrix, SimilarityKernel } from '@refrain/core';
import { measureCosines } from '@refrain/core/pruning';
import {
  FILES,
  type FolderContent,
  inDatasetOrder,
  isSameRecording,
  type PrunedFolder,
  rowHash,
} from '@refrain/pruned-dataset';
import { assemble, catalogue } from '../assembly/assemble.ts';
import { loadPlugins } from '../assembly/loadPlugins.ts';
import { findCopies } from '../cluster/cluster.ts';
import { sweepTable } from '../page/sweeps.ts';
import { folderContent } from '../prune/folderContent.ts';
import { choiceOptions } from '../prune/prunedSource.ts';
import { pruneSpace } from '../prune/pruneSpace.ts';
import { readDecisions } from '../rules/rules.ts';
import type { Settings } from '../settings.ts';
import { readFolderSource } from '../source/folderSource.ts';
import type { TrainSource } from '../source/source.ts';
import { trainFacts } from '../source/trainFacts.ts';
import { type Stability, type StabilityOptions, sampleStability } from './stability.ts';

/** What pruning again from the folder alone found. */
export interface ChoiceCheck {
  /** The first thing that comes out otherwise, naming the clip; undefined when all is as it was written. */
  readonly failure?: string;
  /** Why it could not be pruned again. */
  readonly skipped?: string;
  /** What became of the choice under noise; `changed` are ids. Absent where it was not asked. */
  readonly stability?: Omit<Stability, 'changed'> & { readonly changed: readonly string[] };
}

/**
 * Prunes what a folder holds once more, with the options it names, and compares everything that follows: copies, groups, quotas, the kept
 * clips, each removal and its proof, the rules' report. Clips are taken in the order of their ids, so a result that hung on the order of the
 * files would not come out again. Where all is the same it also prunes from disturbed embeddings, without jitter not at all. Components of plugins are not loaded from a folder's word: their choice is not repeated.
 */
export async function checkChoice(
  folder: PrunedFolder,
  settings: Settings,
  { jitter, draws }: Omit<StabilityOptions, 'seed'>,
  host: Host,
): Promise<ChoiceCheck> {
  const builtin = await loadPlugins([], settings.pluginFolder);
  const { pruner } = settings.choices;
  if (!catalogue(builtin).pruner.some(({ name }) => name === pruner?.use))
    return { skipped: `its strategy ${pruner?.use} is of a plugin, which verify does not load` };
  const around = { kernel: (kernel: SimilarityKernel) => withRecorded(kernel, folder) };
  const assembly = assemble(builtin, { kernel: { use: 'cpu', options: {} }, pruner: pruner! }, { host }, around);
  try {
    const { source, clusters } = await readFolderSource(folder, host.signal);
    const lie = checkRecordings(source);
    if (lie !== undefined) return { failure: lie };
    const facts = trainFacts(source);
    const components = { kernel: await assembly.get('kernel'), pruner: await assembly.get('pruner') };
    const copies = await findCopies(source.space, facts, components.kernel);
    const decisions = await readDecisions(settings.rules, source.space.ids);
    const choose = (embeddings: Matrix, choiceOnly: boolean) => {
      const options = { ...choiceOptions(source, facts, { settings, host, decisions }), choiceOnly };
      return pruneSpace({ ...source.space, embeddings }, facts, copies, clusters, components, options);
    };
    const { space } = source;
    const outcome = await choose(space.embeddings, false);
    const origin = { settings: folder.metadata.settings, mergeLabels: settings.rules.mergeLabels, timings: {} };
    const content = inDatasetOrder(folderContent({ source, outcome }, origin));
    const failure =
      compareKept(folder, content) ??
      compareRecords(folder, content) ??
      compareRemovals(folder, content) ??
      compareMetadata(folder, content) ??
      (await compareTable(folder, FILES.thresholds, () => content.thresholds)) ??
      (await compareTable(folder, FILES.sweep, () => sweepTable({ source, outcome })));
    if (failure !== undefined) return { failure };
    if (jitter === 0) return {};
    const progress = host.progress('pruning from disturbed embeddings', draws, 'draws');
    const prune = async (embeddings: Matrix) => {
      host.signal.throwIfAborted();
      const { keep } = await choose(embeddings, true);
      progress.advance();
      return keep;
    };
    const repeatable = { embeddings: space.embeddings, keep: outcome.keep, prune };
    const found = await sampleStability(repeatable, { jitter, draws, seed: settings.seed }).finally(() =>
      progress.end(),
    );
    return { stability: { ...found, changed: found.changed.map((index) => space.ids[index]!) } };
  } finally {
    await assembly.close();
  }
}

/**
 * The kernel, but for the means and deviations of cosines of rows that are all the folder's: it has those that the folder states. `verifyFolder` has
 * measured them anew, which another machine may do with other last bits; what follows from them must come out to the last.
 */
function withRecorded(kernel: SimilarityKernel, { clips }: PrunedFolder): SimilarityKernel {
  const recordOf = new Map(clips.map((clip) => [clip.embedding_hash, clip]));
  // Of clips with equal rows some may be compared with nothing.
  for (const clip of clips) if (clip.cosine_mean !== undefined) recordOf.set(clip.embedding_hash, clip);
  return {
    name: kernel.name,
    load: (points, by) => kernel.load(points, by),
    measureCosines: async (...rows) => {
      const [, blocks] = rows;
      const [means, deviations]: [number[], number[]] = [[], []];
      for await (const { matrix } of blocks()) {
        for (let row = 0; row < matrix.rows; row++) {
          const record = recordOf.get(rowHash(matrix, row));
          if (record === undefined) return (kernel.measureCosines ?? measureCosines)(...rows);
          means.push(record.cosine_mean ?? Number.NaN);
          deviations.push(record.cosine_deviation ?? Number.NaN);
        }
      }
      return { means: Float64Array.from(means), deviations: Float64Array.from(deviations) };
    },
  };
}

/** Whether clips that are said to be one recording have the fingerprints of one. */
function checkRecordings({ space: { ids }, recordings }: TrainSource): string | undefined {
  for (const [clip, others] of recordings?.sameRecording ?? []) {
    const own = recordings!.fingerprints.get(clip)!;
    for (const other of others) {
      const fingerprint = recordings!.fingerprints.get(other);
      if (fingerprint === undefined || isSameRecording(own, fingerprint) === undefined)
        return `clip ${ids[clip]}: its fingerprint is not that of a recording with ${ids[other]}`;
    }
  }
  return undefined;
}

function compareKept({ clips, keep }: PrunedFolder, again: FolderContent): string | undefined {
  const [here, there] = [new Set(keep), new Set(Array.from(again.keep))];
  const position = clips.findIndex((_, i) => here.has(i) !== there.has(i));
  if (position < 0) return undefined;
  const [was, is] = here.has(position) ? ['keeps', 'removes'] : ['removes', 'keeps'];
  return `clip ${clips[position]!.id}: the folder ${was} it, pruning again with its options ${is} it`;
}

function compareRecords({ clips, format }: PrunedFolder, again: FolderContent): string | undefined {
  for (const [i, { embedding_hash: _, ...record }] of clips.entries()) {
    // What a folder does not say was derived from what it does.
    const found = saidOtherwise(format > 1 ? record : { ...record, theta: again.clips[i]?.theta }, again.clips[i]);
    if (found !== undefined) return `clip ${record.id}: ${FILES.clips} ${found}`;
  }
  return undefined;
}

function compareRemovals({ removed }: PrunedFolder, again: FolderContent): string | undefined {
  const others = new Map(again.removed.map((record) => [record.id, record]));
  for (const record of removed) {
    const found = saidOtherwise(record, others.get(record.id));
    if (found !== undefined) return `clip ${record.id}: ${FILES.removed} ${found}`;
  }
  return undefined;
}

function compareMetadata({ metadata, format }: PrunedFolder, again: FolderContent): string | undefined {
  const followed = [
    ...(['original_size', 'pruned_size', 'reduction_percentage', 'parameters'] as const),
    ...(['duplicates', 'noise_share', 'decisions', 'cluster_stats', 'constraints'] as const),
    ...(format > 1 ? (['rule', 'spans_clusters'] as const) : []),
  ];
  for (const key of followed) {
    const found = saidOtherwise({ [key]: metadata[key] }, { [key]: again.metadata[key] });
    if (found !== undefined) return `${FILES.metadata} ${found}`;
  }
  return undefined;
}

/** A table of what the strategy would keep otherwise; not every folder has one. */
async function compareTable(
  { path }: PrunedFolder,
  name: string,
  table: () => string | undefined,
): Promise<string | undefined> {
  const text = await readFile(join(path, name), 'utf8').catch(() => undefined);
  return text === undefined || text === table() ? undefined : `${name} is not what pruning again finds`;
}

/** What two values say otherwise at the first place where they differ, as JSON has them. */
function saidOtherwise(here: unknown, there: unknown, place = ''): string | undefined {
  const [was, is] = [JSON.stringify(here), JSON.stringify(there)];
  if (was === is) return undefined;
  if (!isObject(here) || !isObject(there))
    return `says ${place} ${was ?? 'is absent'}, pruning again finds ${is ?? 'none'}`;
  const keys = [...Object.keys(here), ...Object.keys(there)];
  for (const key of keys) {
    const found = saidOtherwise(here[key], there[key], place === '' ? key : `${place}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
