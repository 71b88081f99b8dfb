import { basename, extname, join } from 'node:path';
import { DataError, type Matrix, takeRows } from '@refrain/core';
import { type BadClip, type Earlier, FILES, fingerprintOfText, type PrunedFolder } from '@refrain/pruned-dataset';
import type { Clusters } from '../cluster/cluster.ts';
import type { Recordings } from '../recordings/recordings.ts';
import type { PrunableSpace } from '../space/space.ts';
import type { TrainClip, TrainSource } from './source.ts';

/** What a pruned dataset folder holds beside its records. */
export interface FolderParts {
  /** A row per line of clips.jsonl. */
  readonly embeddings: Matrix;
  /** How sure each clip is of its cluster, in the same order. */
  readonly probabilities: Float32Array;
  readonly standardization: PrunableSpace['standardization'];
  readonly bad: readonly BadClip[];
  /** What earlier runs removed: not in the folder as it is given. */
  readonly earlier: Earlier;
}

/** The train set of a pruned dataset folder and its clusters, as they were when it was made: nothing is embedded or clustered. */
export interface FolderSource {
  readonly source: TrainSource;
  /** In the order of the space. */
  readonly clusters: Clusters;
}

/** Puts a folder back into the form in which it was pruned. Throws a DataError where its parts do not belong together. */
export function folderSource(folder: PrunedFolder, parts: FolderParts): FolderSource {
  const { clips, labels, metadata, short, path } = folder;
  if (parts.embeddings.rows !== clips.length || labels.length !== clips.length) {
    throw new DataError(
      path,
      `${path} has ${clips.length} clips, but ${parts.embeddings.rows} embeddings and ${labels.length} cluster labels: a part of it was replaced.`,
    );
  }
  const order = Uint32Array.from(clips, (_, i) => i).sort((a, b) => (clips[a]!.id < clips[b]!.id ? -1 : 1));
  const inSpace = Array.from(order, (position) => clips[position]!);
  const ids = inSpace.map(({ id }) => id);
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const indexesOf = (some: readonly string[]) => some.flatMap((id) => indexOf.get(id) ?? []);
  const reliability = inSpace.map((clip) => clip.reliability ?? Number.NaN);
  const recordings = recordingsOf(inSpace, indexesOf);
  return {
    source: {
      name: nameOf(folder),
      clips: inSpace.map(trainClip),
      space: {
        ids,
        embeddings: takeRows(parts.embeddings, order),
        reliability: reliability.some(Number.isNaN) ? undefined : Float64Array.from(reliability),
        silent: indexesOf(metadata.silent ?? []),
        standardization: parts.standardization,
      },
      short: [...short].sort(),
      ...(metadata.settings.fingerprints === true && { recordings }),
      ...(metadata.earlier !== undefined && { settled: settledIn(clips), earlier: parts.earlier }),
      bad: parts.bad,
      encoded: 0,
      encoderFingerprint: metadata.encoder_fingerprint,
      embedded: undefined,
    },
    clusters: {
      labels: Int32Array.from(order, (position) => labels[position]!),
      probabilities: Float32Array.from(order, (position) => parts.probabilities[position]!),
      // Folders from before there was a second clustering do not say it.
      secondFrom: metadata.second_clustering_from ?? labels.reduce((most, label) => Math.max(most, label + 1), 0),
    },
  };
}

function settledIn(clips: PrunedFolder['clips']): Set<string> {
  return new Set(clips.filter((clip) => clip.from_base).map(({ id }) => id));
}

function trainClip(record: PrunedFolder['clips'][number]): TrainClip {
  const { id, position, path, piece, content_hash: contentHash, audio_hash: audioHash, labels, groups } = record;
  const { seconds, sample_rate: sampleRate, clipping } = record;
  return {
    id,
    position,
    ...(path === undefined ? {} : { path }),
    ...(piece === undefined ? {} : { piece }),
    ...(contentHash === undefined ? {} : { contentHash }),
    ...(audioHash === undefined ? {} : { audioHash }),
    ...(seconds === undefined ? {} : { seconds }),
    ...(sampleRate === undefined ? {} : { sampleRate }),
    ...(clipping === undefined ? {} : { clipping }),
    labels,
    ...(groups === undefined ? {} : { groups }),
  };
}

function recordingsOf(
  clips: PrunedFolder['clips'],
  indexesOf: (ids: readonly string[]) => readonly number[],
): Recordings {
  const sameRecording = new Map<number, readonly number[]>();
  const fingerprints = new Map<number, Uint32Array>();
  for (const [index, { fingerprint, same_recording: same }] of clips.entries()) {
    if (fingerprint === undefined || same === undefined) continue;
    sameRecording.set(
      index,
      [...indexesOf(same)].sort((a, b) => a - b),
    );
    fingerprints.set(index, fingerprintOfText(fingerprint));
  }
  return { sameRecording, fingerprints };
}

/** The name of what the folder was made from. */
function nameOf({ metadata: { settings } }: PrunedFolder): string {
  const { dataset, embeddings } = settings;
  if (typeof embeddings === 'string') return basename(embeddings, extname(embeddings));
  const chosen = dataset as { readonly use?: string } | undefined;
  return chosen?.use ?? 'dataset';
}

/** The column `probability` of manifest.parquet, in the order of clips.jsonl. */
export async function readProbabilities(folder: string, signal: AbortSignal): Promise<Float32Array> {
  const { withParquet } = await import('@refrain/parquet');
  const path = join(folder, FILES.manifest);
  const [column] = await withParquet(path, { source: path, signal }, ({ read }) => read(['probability']));
  return Float32Array.from(column!, Number);
}
