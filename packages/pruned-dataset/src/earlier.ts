import { type Matrix, rowOf, takeRows, zeros } from '@refrain/core';
import type { PrunedFolder } from './read.ts';
import type { EarlierRun, RemovedRecord } from './schemas.ts';
import type { FolderContent } from './write.ts';

/** A clip that an earlier run removed and no later one judged again. */
export interface EarlierClip {
  readonly record: FolderContent['clips'][number];
  readonly removal: RemovedRecord;
  /** Whether the run that removed it counted it and its partner as copies. */
  readonly isCopy: boolean;
  readonly row: Float32Array;
}

/** What earlier runs decided. */
export interface Earlier {
  /** Their decisions; `run` of a removal counts these from 0. */
  readonly runs: readonly EarlierRun[];
  readonly clips: readonly EarlierClip[];
}

/** A folder without the clips that earlier runs removed, and those. */
interface Divided {
  readonly folder: PrunedFolder;
  readonly embeddings: Matrix;
  readonly probabilities: Float32Array;
  readonly earlier: Earlier;
}

/** Takes out of a folder what earlier runs removed: the rest is what its own run judged. */
export function withoutEarlier(folder: PrunedFolder, embeddings: Matrix, probabilities: Float32Array): Divided {
  const { clips, labels, keep, removed, metadata } = folder;
  const removals = new Map(removed.filter(({ run }) => run !== undefined).map((record) => [record.id, record]));
  const judged = Uint32Array.from(clips.keys()).filter((i) => !removals.has(clips[i]!.id));
  const place = new Map(Array.from(judged, (position, i) => [position, i]));
  const setOf = new Map(clips.map(({ id, duplicate_set: set }) => [id, set]));
  return {
    folder: {
      ...folder,
      clips: Array.from(judged, (position) => clips[position]!),
      labels: Array.from(judged, (position) => labels[position]!),
      keep: keep.map((position) => place.get(position)!),
      removed: removed.filter(({ run }) => run === undefined),
    },
    embeddings: takeRows(embeddings, judged),
    probabilities: Float32Array.from(judged, (position) => probabilities[position]!),
    earlier: {
      runs: metadata.earlier ?? [],
      clips: clips.flatMap(({ embedding_hash: _, ...record }, position) => {
        const removal = removals.get(record.id);
        if (removal === undefined) return [];
        const set = record.duplicate_set;
        const isCopy = set !== undefined && set === setOf.get(removal.partner_id);
        return [{ record, removal, isCopy, row: rowOf(embeddings, position).slice() }];
      }),
    },
  };
}

/**
 * Puts back what earlier runs removed. A clip is in the cluster, the group and the set of copies of the kept clip that stands for it, as those
 * are now. Gives the clips ascending by id.
 */
export function withEarlier(content: FolderContent, { runs, clips }: Earlier): FolderContent {
  const { embeddings, labels, probabilities } = content;
  const kept = new Set(Array.from(content.keep));
  const indexOf = new Map(content.clips.map(({ id }, i) => [id, i]));
  const sets = setsWith(content.clips, clips);
  const judged = content.clips.map((record, i) => ({
    record,
    label: labels[i]!,
    probability: probabilities[i]!,
    row: rowOf(embeddings, i),
    isKept: kept.has(i),
  }));
  const gone = clips.map(({ record, removal, row }) => {
    const partner = indexOf.get(removal.partner_id)!;
    const { group } = content.clips[partner]!;
    const cluster = labels[partner]!;
    const removed = { ...removal, cluster, group };
    return { record: { ...record, group }, label: cluster, probability: 0, row, isKept: false, removed };
  });
  const all = [...judged, ...gone].sort((a, b) => (a.record.id < b.record.id ? -1 : 1));
  const rows = zeros(all.length, embeddings.cols);
  for (const [i, { row }] of all.entries()) rowOf(rows, i).set(row);
  return {
    ...content,
    clips: all.map(({ record }) => withSet(record, sets)),
    embeddings: rows,
    labels: all.map(({ label }) => label),
    probabilities: all.map(({ probability }) => probability),
    keep: [...all.keys()].filter((i) => all[i]!.isKept),
    removed: [...content.removed, ...gone.map(({ removed }) => removed)],
    metadata: { ...content.metadata, earlier: runs },
  };
}

type Sets = ReadonlyMap<string, number>;

/** The set of copies of each clip that has one, by id. */
function setsWith(judged: FolderContent['clips'], clips: readonly EarlierClip[]): Sets {
  const sets = new Map<string, number>();
  for (const { id, duplicate_set: set } of judged) if (set !== undefined) sets.set(id, set);
  let next = [...sets.values()].reduce((most, set) => Math.max(most, set + 1), 0);
  for (const { record, removal, isCopy } of [...clips].sort((a, b) => a.record.position - b.record.position)) {
    if (!isCopy) continue;
    const set = sets.get(removal.partner_id) ?? next++;
    sets.set(removal.partner_id, set);
    sets.set(record.id, set);
  }
  return sets;
}

type Clip = FolderContent['clips'][number];

function withSet({ duplicate_set: _, ...record }: Clip, sets: Sets): Clip {
  const set = sets.get(record.id);
  return set === undefined ? record : { ...record, duplicate_set: set };
}
