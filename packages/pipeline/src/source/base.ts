import { ConfigError, DataError, defined, type Matrix, rowOf, takeRows } from '@refrain/core';
import {
  type ClipRecord,
  type EarlierClip,
  type EarlierRun,
  type PrunedFolder,
  type RemovedRecord,
  readEmbeddings,
  readPrunedDataset,
  rowHash,
} from '@refrain/pruned-dataset';
import type { Recordings } from '../recordings/recordings.ts';
import type { Decisions } from '../rules/rules.ts';
import type { Settings } from '../settings.ts';
import type { TrainSource } from './source.ts';

/** An earlier run whose decisions stay. */
export interface Base {
  readonly folder: PrunedFolder;
  readonly embeddings: Matrix;
}

/** Reads a pruned dataset folder as a base. Throws a DataError that names what is missing or broken. */
export async function readBase(path: string): Promise<Base> {
  const folder = await readPrunedDataset(path);
  return { folder, embeddings: await readEmbeddings(folder) };
}

/** Refuses a base in another space than the run's: of another encoder, pooled or standardised otherwise. */
export function refuseOtherSpace(
  { folder: { path, metadata } }: Base,
  encoderFingerprint: string | null,
  settings: Pick<Settings, 'pooling' | 'space' | 'fingerprints'>,
): void {
  if (metadata.encoder_fingerprint !== encoderFingerprint) {
    throw new ConfigError(
      'base',
      `\`base\` ${path} was made with another encoder, another checkpoint or other options of it, so its embeddings cannot be compared: give the same ones.`,
    );
  }
  if (metadata.settings.fingerprints === true && !settings.fingerprints) {
    throw new ConfigError(
      'fingerprints',
      `\`base\` ${path} was made with \`fingerprints\` on, and what it removed is proved by them: leave them on.`,
    );
  }
  for (const name of ['pooling', 'space'] as const) {
    const was = metadata.settings[name];
    if (was === settings[name]) continue;
    throw new ConfigError(
      name,
      `\`base\` ${path} was made with \`${name}\` ${was}, not ${settings[name]}: embeddings of the two cannot be compared.`,
    );
  }
}

/**
 * The source as a run on a base judges it: what the base kept stays, with the embedding it had there, and what the base removed is taken out,
 * unless its audio is another now or a person decided anew about it or about the clip that stands for it. Throws a DataError that names a
 * kept clip which is not there any more, or not the same.
 */
export function onBase(source: TrainSource, base: Base, decisions: Decisions | undefined): TrainSource {
  const { folder } = base;
  const state = compareClips(source, base);
  const dropped = (id: string) => decisions?.exclude.has(id) ?? false;
  const isOut = (record: RemovedRecord) =>
    state.same.has(record.id) &&
    !(decisions?.protect.has(record.id) ?? false) &&
    !dropped(record.id) &&
    !dropped(record.partner_id);
  const removals = new Map(folder.removed.filter(isOut).map((record) => [record.id, record]));
  const kept = Array.from(folder.keep, (position) => folder.clips[position]!.id);
  return {
    ...judgedPart(source, base, removals, state),
    settled: new Set(kept.filter((id) => !dropped(id))),
    earlier: { runs: runsOf(folder), clips: earlierClips(source, base, removals, state) },
  };
}

/** Which clips of the base are in the source, as they were. */
interface Comparison {
  /** Line of the base's clips.jsonl, by id. */
  readonly lineOf: ReadonlyMap<string, number>;
  /** Ids of clips that are the same in both. */
  readonly same: ReadonlySet<string>;
}

function compareClips(source: TrainSource, { folder }: Base): Comparison {
  const { clips, path, keep } = folder;
  const lineOf = new Map(clips.map(({ id }, line) => [id, line]));
  const same = new Set<string>();
  for (const [index, clip] of source.clips.entries()) {
    const record = clips[lineOf.get(clip.id) ?? -1];
    if (record === undefined) continue;
    const isSame =
      clip.contentHash === undefined
        ? rowHash(source.space.embeddings, index) === record.embedding_hash
        : clip.contentHash === record.content_hash;
    if (isSame) same.add(clip.id);
  }
  const lost = Array.from(keep, (line) => clips[line]!.id).find((id) => !same.has(id));
  if (lost === undefined) return { lineOf, same };
  const isThere = source.clips.some(({ id }) => id === lost);
  const bad = source.bad.find(({ id }) => id === lost);
  const why = isThere
    ? 'its audio is another one now'
    : bad === undefined
      ? 'the dataset does not have it'
      : `it cannot be read (${bad.reason})`;
  throw new DataError(
    lost,
    `\`base\` ${path} keeps clip ${lost} and judges others by it, but ${why}: bring it back, or prune without \`base\`.`,
  );
}

/** The clips that are judged: all but those that the base removed. */
function judgedPart(
  source: TrainSource,
  { folder, embeddings }: Base,
  removals: ReadonlyMap<string, RemovedRecord>,
  { lineOf, same }: Comparison,
): TrainSource {
  const { clips, space, short, recordings } = source;
  const indices = Uint32Array.from(clips.keys()).filter((index) => !removals.has(clips[index]!.id));
  const ids = Array.from(indices, (index) => space.ids[index]!);
  const rows = takeRows(space.embeddings, indices);
  const reliability = space.reliability && Float64Array.from(indices, (index) => space.reliability![index]!);
  for (const [i, id] of ids.entries()) {
    if (!same.has(id)) continue;
    // Another machine may embed the same audio a bit differently: what was compared then is compared now.
    const line = lineOf.get(id)!;
    rowOf(rows, i).set(rowOf(embeddings, line));
    const known = folder.clips[line]!.reliability;
    if (reliability !== undefined && known !== undefined) reliability[i] = known;
  }
  const indexOf = new Map(Array.from(indices, (index, i) => [index, i]));
  return {
    ...source,
    clips: Array.from(indices, (index) => clips[index]!),
    space: {
      ...space,
      ids,
      embeddings: rows,
      reliability,
      silent: space.silent.flatMap((index) => indexOf.get(index) ?? []),
    },
    short: short.filter((id) => !removals.has(id)),
    ...(recordings && { recordings: recordingsAmong(recordings, indexOf) }),
  };
}

function recordingsAmong(
  { sameRecording, fingerprints }: Recordings,
  indexOf: ReadonlyMap<number, number>,
): Recordings {
  const found = [...sameRecording].flatMap(([clip, others]) => {
    const left = others.flatMap((other) => indexOf.get(other) ?? []);
    const index = indexOf.get(clip);
    // Without any left its fingerprint still proves that others of the recording could go.
    return index === undefined ? [] : [[clip, index, left] as const];
  });
  return {
    sameRecording: new Map(found.map(([, index, left]) => [index, left])),
    fingerprints: new Map(found.map(([clip, index]) => [index, fingerprints.get(clip)!])),
  };
}

function earlierClips(
  { clips }: TrainSource,
  { folder, embeddings }: Base,
  removals: ReadonlyMap<string, RemovedRecord>,
  { lineOf }: Comparison,
): EarlierClip[] {
  const own = folder.metadata.earlier?.length ?? 0;
  const recordOf = (id: string): ClipRecord => folder.clips[lineOf.get(id)!]!;
  return clips.flatMap(({ id, position, path }) => {
    const removal = removals.get(id);
    if (removal === undefined) return [];
    const { id: _, position: _line, embedding_hash: _hash, path: _then, ...record } = recordOf(id);
    const { id: _removed, path: _gone, ...rest } = removal;
    const set = record.duplicate_set;
    const { theta, reliability, cosine_mean, cosine_deviation } = recordOf(removal.partner_id);
    const partner = defined({
      partner_theta: theta,
      partner_cosine_mean: cosine_mean,
      partner_cosine_deviation: cosine_deviation,
      partner_reliability: cosine_mean === undefined ? undefined : reliability,
    });
    return [
      {
        record: defined({ id, position, path, ...record }),
        removal: defined({
          ...{ id, path },
          ...(removal.run === undefined && partner),
          ...rest,
          run: removal.run ?? own,
        }),
        isCopy: set !== undefined && set === recordOf(removal.partner_id).duplicate_set,
        row: rowOf(embeddings, lineOf.get(id)!).slice(),
      },
    ];
  });
}

function runsOf({ metadata, short }: PrunedFolder): EarlierRun[] {
  const { original_size, pruned_size, decisions, rule, spans_clusters, duplicates, constraints } = metadata;
  const spans = spans_clusters && { spans_clusters };
  const run = { original_size, pruned_size, decisions, rule, ...spans, duplicates, short: [...short] };
  return [...(metadata.earlier ?? []), { ...run, constrained: constraints !== undefined }];
}
