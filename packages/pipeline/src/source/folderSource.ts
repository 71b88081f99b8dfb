import { join } from 'node:path';
import { DataError, defined, takeRows } from '@refrain/core';
import {
  datasetName,
  FILES,
  fingerprintOfText,
  type PrunedFolder,
  readEmbeddings,
  withoutEarlier,
} from '@refrain/pruned-dataset';
import type { Clusters } from '../cluster/cluster.ts';
import type { Recordings } from '../recordings/recordings.ts';
import type { TrainClip, TrainSource } from './source.ts';

/** The train set of a pruned dataset folder and its clusters, as they were when it was made: nothing is embedded or clustered. */
export interface FolderSource {
  readonly source: TrainSource;
  /** In the order of the space. */
  readonly clusters: Clusters;
}

/** Puts a sound folder back into the form in which it was pruned, by id; what earlier runs removed stands aside. */
export async function readFolderSource(whole: PrunedFolder, signal: AbortSignal): Promise<FolderSource> {
  const rows = await readEmbeddings(whole);
  const sure = await readProbabilities(whole, signal);
  const { folder, embeddings, probabilities, earlier } = withoutEarlier(whole, rows, sure);
  const { clips, labels, metadata, short } = folder;
  const order = Uint32Array.from(clips, (_, i) => i).sort((a, b) => (clips[a]!.id < clips[b]!.id ? -1 : 1));
  const inSpace = Array.from(order, (position) => clips[position]!);
  const ids = inSpace.map(({ id }) => id);
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const indexesOf = (some: readonly string[]) => some.flatMap((id) => indexOf.get(id) ?? []);
  const reliability = inSpace.map((clip) => clip.reliability ?? Number.NaN);
  const recordings = recordingsOf(inSpace, indexesOf);
  return {
    source: {
      name: datasetName(metadata),
      clips: inSpace.map(trainClip),
      space: {
        ids,
        embeddings: takeRows(embeddings, order),
        reliability: reliability.some(Number.isNaN) ? undefined : Float64Array.from(reliability),
        silent: indexesOf(metadata.silent),
        fitted: folder.space,
      },
      short: [...short].sort(),
      ...(metadata.settings.fingerprints === true && { recordings }),
      ...(metadata.earlier !== undefined && {
        settled: new Set(clips.filter((clip) => clip.from_base).map(({ id }) => id)),
        earlier,
      }),
      bad: folder.bad,
      encoded: 0,
      encoderFingerprint: metadata.encoder_fingerprint,
      embedded: undefined,
    },
    clusters: {
      labels: Int32Array.from(order, (position) => labels[position]!),
      probabilities: Float32Array.from(order, (position) => probabilities[position]!),
      secondFrom: metadata.second_clustering_from,
    },
  };
}

function trainClip(record: PrunedFolder['clips'][number]): TrainClip {
  const { id, position, path, piece, content_hash: contentHash, audio_hash: audioHash, labels, groups } = record;
  const { seconds, sample_rate: sampleRate, clipping } = record;
  return defined({ id, position, path, piece, contentHash, audioHash, seconds, sampleRate, clipping, labels, groups });
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

/** The column `probability` of manifest.parquet, in the order of clips.jsonl. Throws a DataError for what is no probability. */
async function readProbabilities({ path: folder, clips }: PrunedFolder, signal: AbortSignal): Promise<Float32Array> {
  const { withParquet } = await import('@refrain/parquet');
  const path = join(folder, FILES.manifest);
  const [column] = await withParquet(path, { source: path, signal }, ({ read }) => read(['probability']));
  const sure = Float32Array.from(column!, Number);
  if (sure.length === clips.length && sure.every((value) => value >= 0 && value <= 1)) return sure;
  throw new DataError(
    path,
    `${path}: column "probability": expected a number from 0 to 1 for each of ${clips.length} clips.`,
  );
}
