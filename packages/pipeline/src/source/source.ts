import { basename, extname } from 'node:path';
import {
  type Clip,
  type ClipGroups,
  ConfigError,
  DataError,
  type Dataset,
  type Host,
  type Matrix,
  type Random,
  type Split,
  takeNumberRows,
} from '@refrain/core';
import type { BadClip, Earlier, Standardization } from '@refrain/pruned-dataset';
import type { Assembly } from '../assembly/assemble.ts';
import { type EmbeddedClip, embedClips, refuseTooManyBad } from '../embed/embed.ts';
import { inThreads, openEncoder } from '../embed/openEncoder.ts';
import { refuseOutsideAudio } from '../embed/outsideAudio.ts';
import type { Recordings } from '../recordings/recordings.ts';
import type { Settings } from '../settings.ts';
import { type PrunableSpace, spaceOfRows, type TrainSpace, trainSpace } from '../space/space.ts';
import { firstRepeated, readOwnEmbeddings } from './ownEmbeddings.ts';

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
  readonly fingerprint: string;
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

/** The chosen dataset. Throws a ConfigError where none is chosen, or one whose audio lies where only the user may say so; a DataError where two of its clips have one id. */
export async function datasetOf(assembly: Assembly, settings: Settings): Promise<Dataset> {
  if (settings.choices.dataset === undefined) {
    throw new ConfigError(
      'dataset',
      'No dataset: choose one with `dataset` NAME (and `dataset.dir` DIR), or give own embeddings with `embeddings` FILE.npy. `refrain plugins` lists the datasets.',
    );
  }
  const dataset = await assembly.get('dataset');
  const repeated = firstRepeated(dataset.clips.map((clip) => clip.id));
  if (repeated !== undefined)
    throw new DataError(dataset.name, `Dataset ${dataset.name} has two clips with the id "${repeated}".`);
  const { dir } = assembly.resolved.dataset?.[0]?.options ?? {};
  if (!settings.outsideAudio && typeof dir === 'string') refuseOutsideAudio(dataset, dir);
  return dataset;
}

/** Embeds the splits of the chosen dataset that are asked for, which must have a clip of `train` among them where it `needsTrain`. */
export async function embedDataset(
  assembly: Assembly,
  settings: Settings,
  host: Host,
  splits: readonly Split[],
  needsTrain = true,
): Promise<EmbeddedRun> {
  const dataset = await datasetOf(assembly, settings);
  if (dataset.missingAudio !== undefined) throw new ConfigError('dataset.dir', dataset.missingAudio);
  const decoder = await assembly.get('decoder');
  const wanted = dataset.clips.filter((clip) => splits.includes(clip.split));
  if (needsTrain && !wanted.some((clip) => clip.split === 'train'))
    throw new DataError(dataset.name, `Dataset ${dataset.name} has no train clip.`);
  const opened = await openEncoder(dataset, assembly, settings, host);
  // Threads make the encoder anew.
  const choices = { ...settings.choices, encoder: assembly.resolved.encoder![0]! };
  const means = {
    ...opened,
    decoder,
    dataset,
    settings: { ...settings, choices },
    inThreads: inThreads(assembly),
    host,
  };
  const { clips, bad, encoded } = await embedClips(wanted, means);
  const sorted = (split: Split) =>
    clips.filter(({ clip }) => clip.split === split).sort((a, b) => compareIds(a.clip.id, b.clip.id));
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
    encoded: opened.encoded + encoded,
    fingerprint: opened.encoder.fingerprint,
  };
}

/** The train set of the settings: a dataset embedded now, or embeddings from a file; in the space of `standardization`, or of its own. */
export async function loadTrainSource(
  assembly: Assembly,
  settings: Settings,
  host: Host,
  random: Random,
  splits: readonly Split[],
  standardization?: Standardization,
): Promise<TrainSource> {
  if (settings.embeddings !== undefined) return ownEmbeddings(settings, host, settings.embeddings, standardization);
  const { positions, bad, encoded, fingerprint, ...embedded } = await embedDataset(assembly, settings, host, splits);
  const { dataset } = embedded;
  const space = trainSpace(embedded.train, settings, random.fork('reliability'), standardization);
  const isShort = ({ seconds }: EmbeddedClip) => seconds < settings.shortest;
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
  dataset: Dataset,
): TrainClip {
  const { id, path, piece, groups } = clip;
  return {
    id,
    position,
    path,
    ...(piece === undefined ? {} : { piece }),
    contentHash,
    audioHash,
    seconds,
    sampleRate,
    clipping,
    labels: clip.labels.map((label) => dataset.classes[label]!),
    ...(groups === undefined ? {} : { groups }),
  };
}

async function ownEmbeddings(
  settings: Settings,
  host: Host,
  embeddings: string | Matrix,
  standardization: Standardization | undefined,
): Promise<TrainSource> {
  const file = typeof embeddings === 'string' ? embeddings : 'embeddings';
  const { rows, ids, bad } = await readOwnEmbeddings(embeddings, settings, host.signal);
  refuseTooManyBad(bad, ids.length + bad.length, settings.maxBad);
  if (bad.length > 0) {
    host.notice(
      `${file}: ${bad.map(({ id }) => id).join(', ')} set aside, as embeddings of nothing but zeros are missing; indices_to_keep.npy counts the others.`,
    );
  }
  const order = Uint32Array.from(ids, (_, i) => i).sort((a, b) => compareIds(ids[a]!, ids[b]!));
  const space = spaceOfRows(
    takeNumberRows(rows, order),
    Array.from(order, (i) => ids[i]!),
    settings.standardize,
    standardization,
  );
  return {
    name: basename(file, extname(file)),
    clips: Array.from(order, (position) => ({ id: ids[position]!, position, labels: [] })),
    space,
    short: [],
    bad,
    encoded: 0,
    encoderFingerprint: null,
    embedded: undefined,
  };
}

/** The order of ids: that of their UTF-16 units. */
export function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
