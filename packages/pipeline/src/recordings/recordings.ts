import { setImmediate } from 'node:timers/promises';
import { type Clip, indicesBy } from '@refrain/core';
import { ChromaprintEncoder } from '@refrain/encoders';
import { type Alignment, isSameRecording, packBits, type RecordingRule, SAME_RECORDING } from '@refrain/pruned-dataset';
import { EmbeddingCache } from '../cache/embeddingCache.ts';
import { type AudioMeans, embedClips } from '../embed/embed.ts';
import { IdleThreads } from '../embed/embedWorkers.ts';
import { refuseMissingAudio } from '../embed/outsideAudio.ts';

/** What acoustic fingerprints found; index i means clip i. */
export interface Recordings {
  /** For each clip that is found again: the clips of the same recording, ascending. */
  readonly sameRecording: ReadonlyMap<number, readonly number[]>;
  /** Sub-fingerprints of those clips, about eight a second. */
  readonly fingerprints: ReadonlyMap<number, Uint32Array>;
}

// Unpacked, the fingerprint of a clip of half a minute takes some 30 kB.
const CLIPS_AT_ONCE = 4096;

/**
 * The acoustic fingerprint of each clip, taken in the threads and the cache that embeddings use: its sub-fingerprints in time order, none for a
 * clip shorter than 2.7 s or one that could not be read.
 */
export async function takeFingerprints(clips: readonly Clip[], audio: AudioMeans): Promise<Uint32Array[]> {
  const { decoder, host, dataset } = audio;
  refuseMissingAudio(dataset);
  const encoder = new ChromaprintEncoder();
  const cache = await EmbeddingCache.open(host.cacheDir, { decoder, encoder }, host.notice);
  const others = audio.threads();
  const choices = { ...others?.choices, encoder: { use: encoder.name, options: {} } };
  const idle = new IdleThreads();
  const means = { ...audio, encoder, cache, threads: others && { ...others, choices }, idle, task: 'fingerprints' };
  const all = new Map<string, Uint32Array>();
  try {
    for (let start = 0; start < clips.length; start += CLIPS_AT_ONCE) {
      const part = await embedClips(clips.slice(start, start + CLIPS_AT_ONCE), means);
      for (const { clip, segments } of part.clips) all.set(clip.id, packBits(await segments.read()));
    }
  } finally {
    await idle.close();
  }
  return clips.map(({ id }) => all.get(id) ?? new Uint32Array());
}

/** Takes the fingerprint of each clip, and finds the clips of one recording. */
export async function findRecordings(clips: readonly Clip[], audio: AudioMeans): Promise<Recordings> {
  const inOrder = await takeFingerprints(clips, audio);
  const pairs = await sameRecordings(inOrder, undefined, audio.host.signal);
  const sides = pairs.flatMap(({ i, j }) => [[i, j] as const, [j, i] as const]);
  const found = Array.from(indicesBy(sides.map(([clip]) => clip)), ([clip, at]) => {
    return [clip, at.map((side) => sides[side]![1]).sort((a, b) => a - b)] as const;
  });
  return {
    sameRecording: new Map(found),
    fingerprints: new Map(found.map(([clip]) => [clip, inOrder[clip]!])),
  };
}

/** Two clips i < j of the same recording, and how they overlap: a of `Alignment` is i, b is j. */
export interface SameRecording extends Alignment {
  readonly i: number;
  readonly j: number;
}

// Clips after which the event loop gets a turn: some 20 ms.
const CLIPS_PER_TURN = 32;

/**
 * The pairs of `fingerprints` that `isSameRecording` accepts, by i, then j. Not transitive: two excerpts may each overlap a third and not each
 * other. Only pairs that share the upper or lower 20 bits of three sub-fingerprints at one offset are compared, so a pair near
 * the allowed error rate can be missed, and so can recordings that are there more than a thousand times; a pair that is found is exact.
 * `onCompared` is told from time to time how many more fingerprints have been compared with all others.
 */
export async function sameRecordings(
  fingerprints: readonly Uint32Array[],
  rule: RecordingRule = SAME_RECORDING,
  signal?: AbortSignal,
  onCompared: (clips: number) => void = () => {},
): Promise<SameRecording[]> {
  const index = subFingerprintIndex(fingerprints);
  const pairs: SameRecording[] = [];
  for (let i = 0; i < fingerprints.length; i++) {
    if (i % CLIPS_PER_TURN === 0) {
      await setImmediate();
      onCompared(Math.min(CLIPS_PER_TURN, fingerprints.length - i));
    }
    signal?.throwIfAborted();
    for (const j of candidates(index, i)) {
      const alignment = isSameRecording(fingerprints[i]!, fingerprints[j]!, rule);
      if (alignment !== undefined) pairs.push({ i, j, ...alignment });
    }
  }
  return pairs;
}

const KEY_BITS = 20;

/** The upper and the lower 20 bits of a sub-fingerprint: where one of them has an error, the other may have none. */
const KEYS: readonly ((value: number) => number)[] = [
  (value) => value >>> (32 - KEY_BITS),
  (value) => value & (2 ** KEY_BITS - 1),
];

/** A key found in more places says little: it is left out, so that silence and the like cost nothing. */
const MAX_PLACES = 1000;

/** Keys at the same distance that make two clips worth comparing. */
const MIN_VOTES = 3;

/** Where each key of a set of fingerprints is found. */
interface SubFingerprintIndex {
  readonly fingerprints: readonly Uint32Array[];
  /** Places of fingerprint i are starts[i] … starts[i + 1] − 1, one per frame. */
  readonly starts: Uint32Array;
  /** Fingerprint of each place. */
  readonly owner: Uint32Array;
  readonly lists: readonly PlaceLists[];
}

interface PlaceLists {
  readonly key: (value: number) => number;
  /** Places of key k, ascending: places[from[k]] … places[from[k + 1] − 1]. */
  readonly from: Uint32Array;
  readonly places: Uint32Array;
}

/** An inverted index over `fingerprints` (after Haitsma and Kalker 2002, section 5): at most 12 bytes a frame, and 8 MiB. */
function subFingerprintIndex(fingerprints: readonly Uint32Array[]): SubFingerprintIndex {
  const starts = new Uint32Array(fingerprints.length + 1);
  for (const [i, { length }] of fingerprints.entries()) starts[i + 1] = starts[i]! + length;
  const owner = new Uint32Array(starts[fingerprints.length]!);
  for (let i = 0; i < fingerprints.length; i++) owner.fill(i, starts[i]!, starts[i + 1]!);
  return { fingerprints, starts, owner, lists: KEYS.map((key) => placeLists(fingerprints, starts, key)) };
}

/** A counting sort by key. Of a run of equal keys the first alone is listed. */
function placeLists(
  fingerprints: readonly Uint32Array[],
  starts: Uint32Array,
  key: (value: number) => number,
): PlaceLists {
  const from = new Uint32Array(2 ** KEY_BITS + 1);
  for (const values of fingerprints) {
    for (let k = 0; k < values.length; k++) if (isFirst(values, k, key)) from[key(values[k]!) + 1]!++;
  }
  for (let k = 0; k < 2 ** KEY_BITS; k++) from[k + 1]! += from[k]!;
  const places = new Uint32Array(from[2 ** KEY_BITS]!);
  const next = from.slice();
  for (const [i, values] of fingerprints.entries()) {
    for (let k = 0; k < values.length; k++)
      if (isFirst(values, k, key)) places[next[key(values[k]!)]!++] = starts[i]! + k;
  }
  return { key, from, places };
}

function isFirst(values: Uint32Array, k: number, key: (value: number) => number): boolean {
  return k === 0 || key(values[k]!) !== key(values[k - 1]!);
}

/** The clips after clip `i` that share at least three keys with it at one offset, ascending. */
function candidates({ fingerprints, starts, owner, lists }: SubFingerprintIndex, i: number): number[] {
  const values = fingerprints[i]!;
  const votes = new Map<number, number>();
  const found = new Set<number>();
  for (const { key, from, places } of lists) {
    for (let k = 0; k < values.length; k++) {
      if (!isFirst(values, k, key)) continue;
      const [begin, end] = [from[key(values[k]!)]!, from[key(values[k]!) + 1]!];
      if (end - begin > MAX_PLACES) continue;
      for (let p = end - 1; p >= begin && places[p]! >= starts[i + 1]!; p--) {
        const other = owner[places[p]!]!;
        // One number for a clip and its offset.
        const vote = other * 2 * owner.length + places[p]! - k;
        const count = (votes.get(vote) ?? 0) + 1;
        votes.set(vote, count);
        if (count === MIN_VOTES) found.add(other);
      }
    }
  }
  return [...found].sort((one, other) => one - other);
}
