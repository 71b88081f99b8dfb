import { type Clip, indicesBy } from '@refrain/core';
import { ChromaprintEncoder } from '@refrain/encoders';
import { packBits } from '@refrain/pruned-dataset';
import { EmbeddingCache } from '../cache/embeddingCache.ts';
import { type AudioMeans, embedClips } from '../embed/embed.ts';
import { refuseMissingAudio } from '../embed/outsideAudio.ts';
import { sameRecordings } from './sameRecordings.ts';

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
  const means = { ...audio, encoder, cache, threads: others && { ...others, choices }, task: 'fingerprints' };
  const all = new Map<string, Uint32Array>();
  for (let start = 0; start < clips.length; start += CLIPS_AT_ONCE) {
    const part = await embedClips(clips.slice(start, start + CLIPS_AT_ONCE), means);
    for (const { clip, segments } of part.clips) all.set(clip.id, packBits(segments));
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
