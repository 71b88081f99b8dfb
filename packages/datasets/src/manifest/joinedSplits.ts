import { basename } from 'node:path';
import { type Clip, DataError, type Dataset, type DatasetFile, refusal, type Split } from '@refrain/core';
import type { StreamedDataset } from '../loading.ts';

/** A manifest that holds one split, and where it was read from. */
export interface SplitManifest {
  readonly split: Split;
  readonly source: string;
  readonly dataset: StreamedDataset;
}

/**
 * One dataset of manifests that hold a split each; its classes are those of all of them, sorted. Throws a DataError that names the manifest where
 * one has splits of its own, labels of another kind, or an id that another has.
 */
export function joinSplits(parts: readonly SplitManifest[]): Dataset {
  const { dataset: first, source: firstSource } = parts[0]!;
  const other = parts.find(({ dataset }) => dataset.task !== first.task);
  if (other !== undefined)
    throw new DataError(
      other.source,
      `${other.source} is ${other.dataset.task}, but ${firstSource} is ${first.task}: give dataset.task for all of them.`,
    );
  const classes = [...new Set(parts.flatMap(({ dataset }) => dataset.classes))].sort();
  const owner = new Map<string, SplitManifest>();
  const clips = parts.flatMap((part) => part.dataset.clips.map((clip) => joined(clip, part, classes, owner)));
  const missing = parts.map(({ dataset }) => dataset.missingAudio);
  return {
    name: first.name,
    task: first.task,
    classes,
    clips,
    readAudio: (clip, options) => (owner.get(clip.id)?.dataset ?? first).readAudio(clip, options),
    streamAudio: (clip, options) => (owner.get(clip.id)?.dataset ?? first).streamAudio(clip, options),
    ...(missing.every((sentence) => sentence !== undefined) ? { missingAudio: missing.join(' ') } : {}),
    filteredFiles: async (kept) => (await Promise.all(parts.map((part) => filesOf(part, parts, kept)))).flat(),
  };
}

function joined(clip: Clip, part: SplitManifest, classes: readonly string[], owner: Map<string, SplitManifest>): Clip {
  const { dataset, source, split } = part;
  if (clip.split !== 'train')
    throw new DataError(
      source,
      `${source} has a split of its own ("${clip.id}" is ${clip.split}), so it can't be all of ${split}: give it alone, or dataset.splitColumn none.`,
    );
  const before = owner.get(clip.id);
  if (before !== undefined) throw refusal(source, `clip "${clip.id}" stands in ${before.source} already.`);
  owner.set(clip.id, part);
  const labels = clip.labels.map((label) => classes.indexOf(dataset.classes[label]!)).sort((a, b) => a - b);
  return { ...clip, split, labels };
}

/** The manifest's files: what is not train stays as it is. Names that several have are told apart by the split. */
async function filesOf(
  { dataset, source, split }: SplitManifest,
  parts: readonly SplitManifest[],
  kept: ReadonlySet<string>,
): Promise<readonly DatasetFile[]> {
  const staying = split === 'train' ? kept : new Set(dataset.clips.map(({ id }) => id));
  const files = await dataset.filteredFiles!(staying);
  const isShared = parts.some((other) => other.split !== split && basename(other.source) === basename(source));
  return isShared ? files.map((file) => ({ ...file, name: `${split}-${file.name}` })) : files;
}
