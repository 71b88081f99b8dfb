import { basename, extname } from 'node:path';
import {
  byCodeUnits,
  type Clip,
  type ClipGroups,
  DataError,
  type Dataset,
  defined,
  type Host,
  type Random,
  type Split,
} from '@refrain/core';
import type { BadClip, Earlier, FittedSpace } from '@refrain/pruned-dataset';
import { type AudioMeans, type EmbeddedClip, embedClips, refuseTooManyBad } from '../embed/embed.ts';
import { IdleThreads } from '../embed/embedWorkers.ts';
import { openEncoder } from '../embed/openEncoder.ts';
import { refuseMissingAudio } from '../embed/outsideAudio.ts';
import type { Recordings } from '../recordings/recordings.ts';
import type { OwnChoice, Settings } from '../settings.ts';
import { type PrunableSpace, type SpaceOptions, type TrainSpace, trainSpace } from '../space/space.ts';
import { type GivenClips, joinEmbeddings } from './joinEmbeddings.ts';
import { readOwnEmbeddings } from './ownEmbeddings.ts';

/** A train clip, as far as the source knows it. */
export interface TrainClip {
  readonly id: string;
  /** In the train list of the dataset, counted from 0, without the clips that can't be used. */
  readonly position: number;
  readonly path?: string;
  readonly piece?: NonNullable<Clip['piece']>;
  readonly contentHash?: string;
  readonly audioHash?: string;
  /** Length of the audio. */
  readonly seconds?: number;
  /** In Hz, as it was decoded. */
  readonly sampleRate?: number;
  /** Share of samples at full scale. */
  readonly clipping?: number;
  /** Names of its classes. */
  readonly labels: readonly string[];
  readonly groups?: ClipGroups;
}

/** Embedded audio of a dataset, by split, each sorted by clip id. */
export interface EmbeddedDataset {
  readonly dataset: Dataset;
  readonly train: readonly EmbeddedClip[];
  readonly valid: readonly EmbeddedClip[];
  readonly test: readonly EmbeddedClip[];
}

/** An embedded dataset and how the embedding went. */
export interface EmbeddedRun extends EmbeddedDataset {
  /** Of each of `train`: its position in the dataset's train list, without the clips that can't be used. */
  readonly positions: readonly number[];
  readonly bad: readonly BadClip[];
  /** How many clips were encoded now; the others came from the cache. */
  readonly encoded: number;
  /** How many of them each worker of an executor encoded; empty where this machine did. */
  readonly workers: Readonly<Record<string, number>>;
  /** Of the encoder; null for own embeddings. */
  readonly fingerprint: string | null;
}

/** A dataset whose train clips have been brought into their space. */
export interface EvaluableDataset extends EmbeddedDataset {
  readonly space: TrainSpace;
}

/** The train set, ready to be pruned. */
export interface TrainSource {
  /** For the folder's name. */
  readonly name: string;
  /** Ascending by id: clip i is the one with index i in `space`. */
  readonly clips: readonly TrainClip[];
  readonly space: PrunableSpace;
  /** Ids of clips too short to be compared by their embeddings, ascending. */
  readonly short: readonly string[];
  /** What acoustic fingerprints found, where they were taken. */
  readonly recordings?: Recordings;
  /** Ids of the clips that an earlier run kept, which stay; absent where there was none. */
  readonly settled?: ReadonlySet<string>;
  /** What earlier runs removed: these clips are not among `clips`. */
  readonly earlier?: Earlier;
  readonly bad: readonly BadClip[];
  readonly encoded: number;
  readonly encoderFingerprint: string | null;
  /** Absent where the embeddings came without audio. */
  readonly embedded: EvaluableDataset | undefined;
}

/**
 * Embeds the splits of a dataset that are asked for, which must have a clip of `train` among them where it `needsTrain`; with own embeddings it takes
 * those of the clips.
 */
export async function embedDataset(
  means: AudioMeans,
  splits: readonly Split[],
  needsTrain = true,
): Promise<EmbeddedRun> {
  const { dataset } = means;
  const wanted = dataset.clips.filter((clip) => splits.includes(clip.split));
  if (needsTrain && !wanted.some((clip) => clip.split === 'train'))
    throw new DataError(dataset.name, `Dataset ${dataset.name} has no train clip.`);
  const { clips, bad, encoded, workers, fingerprint } =
    means.own === undefined ? await encodeClips(wanted, means) : await joinEmbeddings(wanted, means.own, means);
  const sorted = (split: Split) =>
    clips.filter(({ clip }) => clip.split === split).sort((a, b) => byCodeUnits(a.clip.id, b.clip.id));
  const train = sorted('train');
  if (needsTrain && train.length === 0)
    throw new DataError(dataset.name, `No train clip of ${dataset.name} can be read.`);
  const listed = clips.filter(({ clip }) => clip.split === 'train');
  const positionOf = new Map(listed.map(({ clip }, position) => [clip.id, position]));
  return {
    dataset,
    train,
    positions: train.map(({ clip }) => positionOf.get(clip.id)!),
    valid: sorted('valid'),
    test: sorted('test'),
    bad,
    encoded,
    workers,
    fingerprint,
  };
}

async function encodeClips(wanted: readonly Clip[], means: AudioMeans): Promise<GivenClips> {
  refuseMissingAudio(means.dataset);
  const idle = new IdleThreads();
  try {
    const opened = await openEncoder({ ...means, idle });
    const threads = means.threads();
    const { encoded, workers, ...embedded } = await embedClips(wanted, { ...means, ...opened, threads, idle });
    return {
      ...embedded,
      encoded: opened.encoded + encoded,
      workers: together(opened.workers, workers),
      fingerprint: opened.encoder.fingerprint,
    };
  } finally {
    await idle.close();
  }
}

function together(some: EmbeddedRun['workers'], more: EmbeddedRun['workers']): EmbeddedRun['workers'] {
  const all = { ...some };
  for (const [worker, clips] of Object.entries(more)) all[worker] = (all[worker] ?? 0) + clips;
  return all;
}

/** The train set of a dataset, embedded now, with the other splits that are asked for; in the space `given`, or in its own. */
export async function datasetSource(
  means: AudioMeans,
  options: SpaceOptions & Pick<Settings, 'shortest'>,
  random: Random,
  splits: readonly Split[],
  given?: FittedSpace,
): Promise<TrainSource> {
  const { positions, bad, encoded, workers: _, fingerprint, ...embedded } = await embedDataset(means, splits);
  const { dataset } = embedded;
  const space = await trainSpace(embedded.train, options, random.fork('reliability'), given);
  const isShort = ({ seconds = Infinity }: EmbeddedClip) => seconds < options.shortest;
  return {
    name: dataset.name,
    clips: embedded.train.map((one, i) => trainClip(one, positions[i]!, dataset)),
    short: embedded.train.filter(isShort).map(({ clip }) => clip.id),
    space,
    bad,
    encoded,
    encoderFingerprint: fingerprint,
    embedded: { ...embedded, space },
  };
}

function trainClip(
  { clip, contentHash, audioHash, seconds, sampleRate, clipping }: EmbeddedClip,
  position: number,
  { classes }: Dataset,
): TrainClip {
  const { id, path, piece, groups } = clip;
  const labels = clip.labels.map((label) => classes[label]!);
  return defined({ id, position, path, piece, contentHash, audioHash, seconds, sampleRate, clipping, labels, groups });
}

const NO_LABELS: readonly string[] = [];

/** The train set of embeddings that came without a dataset: all are of train clips. */
export async function ownEmbeddings(
  options: OwnChoice & SpaceOptions & Pick<Settings, 'maxBad'>,
  random: Random,
  host: Host,
  given?: FittedSpace,
): Promise<TrainSource> {
  const { file, clips: found, bad } = await readOwnEmbeddings(options, host.signal);
  refuseTooManyBad(bad, found.length + bad.length, options.maxBad);
  if (bad.length > 0) {
    host.notice(
      `${file}: ${bad.map(({ id }) => id).join(', ')} set aside, as embeddings of nothing but zeros are missing; indices_to_keep.npy counts the others.`,
    );
  }
  const positions = Uint32Array.from(found.keys()).sort((a, b) => byCodeUnits(found[a]!.clip.id, found[b]!.clip.id));
  const clips = Array.from(positions, (position) => found[position]!);
  // Nobody evaluates them, so what they came as is not held for it.
  const { features: _, ...space } = await trainSpace(clips, options, random.fork('reliability'), given);
  return {
    name: basename(file, extname(file)),
    clips: clips.map(({ clip: { id } }, i) => ({ id, position: positions[i]!, labels: NO_LABELS })),
    space,
    short: [],
    bad,
    encoded: 0,
    encoderFingerprint: null,
    embedded: undefined,
  };
}
