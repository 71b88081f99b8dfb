import { createHash } from 'node:crypto';
import { type Split, seededRandom } from '@refrain/core';
import { arrange } from '../music/arrange.ts';
import { type Composition, compose, FEWEST_EXCERPTS } from '../music/compose.ts';
import { INSTRUMENTS } from '../music/instruments.ts';
import { type Performance, perform } from '../music/perform.ts';
import type { Score } from '../music/score.ts';
import { SOUND_FONT } from '../synth/soundFont.ts';
import { RENDERING_VERSION } from '../synth/synthesizer.ts';
import { type CopyKind, plantCopies } from './copies.ts';
import { splitTracks } from './split.ts';
import { tagsOf } from './tags.ts';
import { slugOf, TRACKS, type Track } from './tracks.ts';

/** Length of every clip in seconds. */
export const CLIP_SECONDS = 15;

// Longer than a clip, so that a shifted copy has music to its end.
const PLAYED_SECONDS = 15.5;
const MOMENT = 0.25;

/** Tags of fewer tracks are left out. */
const FEWEST_TRACKS = 5;

/** One clip of the corpus before it is rendered. */
export interface DemoClip {
  /** `<track>/<excerpt>`, with the kind of copy after it, e.g. `slow-light/2-quieter`. */
  readonly id: string;
  readonly split: Split;
  readonly track: Track;
  readonly trackSlug: string;
  readonly composition: Composition;
  /** What is played, e.g. `chorus`. */
  readonly arrangement: string;
  readonly section: 'A' | 'B';
  readonly score: Score;
  readonly performance: Performance;
  /** Where in the performance the clip starts, in seconds: a moment before the first bar it is about. */
  readonly start: number;
  readonly tags: readonly string[];
  /** The clip this one is a copy of, and how. */
  readonly copyOf?: { readonly id: string; readonly kind: CopyKind };
}

/** The whole corpus as music on paper. */
export interface Corpus {
  readonly clips: readonly DemoClip[];
  /** All tags, sorted. */
  readonly tags: readonly string[];
  /** Twelve hexadecimal digits that change whenever anything about the corpus does. */
  readonly hash: string;
}

type Excerpt = Omit<DemoClip, 'split' | 'id'>;

/** Composes the corpus for a seed: the same notes on every machine. Takes about a second. */
export function composeCorpus(seed: number): Corpus {
  const random = seededRandom(`demo/${seed}`);
  const excerpts = withoutRareTags(TRACKS.map((track) => composeTrack(track, random.fork(track.title))));
  // Redundancy is a matter of the train set: valid and test weigh every track alike.
  const evenly = excerpts.map((track) => track.slice(0, FEWEST_EXCERPTS));
  const splits = splitTracks(
    random.fork('splits'),
    evenly.map((track) => track.map(({ tags }) => tags)),
  );
  const originals = splits.map((split, index) =>
    (split === 'train' ? excerpts : evenly)[index]!.map(
      (excerpt, place): DemoClip => ({ ...excerpt, id: `${excerpt.trackSlug}/${place + 1}`, split }),
    ),
  );
  const counts = originals.map((track) => track.length);
  const copies = plantCopies(random.fork('copies'), splits, counts).map(({ track, excerpt, kind }): DemoClip => {
    const original = originals[track]![excerpt]!;
    return { ...original, id: `${original.id}-${kind}`, copyOf: { id: original.id, kind } };
  });
  const clips = [...originals.flat(), ...copies].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { clips, tags: [...new Set(clips.flatMap(({ tags }) => tags))].sort(), hash: hashOf(clips) };
}

function composeTrack(track: Track, random: ReturnType<typeof seededRandom>): Excerpt[] {
  const composition = compose(track.style, random);
  return composition.arrangements.map((arrangement, place) => {
    const own = random.fork(`excerpt ${place}`);
    const score = arrange(composition, arrangement, PLAYED_SECONDS, own);
    const performance = perform(score, track.style, own.fork('performance'));
    const start = (score.leadIn * 60) / score.tempo - MOMENT;
    const { name, section } = arrangement;
    return {
      track,
      trackSlug: slugOf(track),
      composition,
      arrangement: name,
      section,
      score,
      performance,
      start,
      tags: tagsOf(composition, score),
    };
  });
}

// A tag that few tracks have can't be learned from one part of them and tested on another.
function withoutRareTags(tracks: readonly Excerpt[][]): Excerpt[][] {
  const trackCount = new Map<string, number>();
  for (const track of tracks) {
    for (const tag of new Set(track.flatMap(({ tags }) => tags))) trackCount.set(tag, (trackCount.get(tag) ?? 0) + 1);
  }
  const isCommon = (tag: string) => trackCount.get(tag)! >= FEWEST_TRACKS;
  return tracks.map((track) => track.map((excerpt) => ({ ...excerpt, tags: excerpt.tags.filter(isCommon) })));
}

function hashOf(clips: readonly DemoClip[]): string {
  const hash = createHash('sha256').update(JSON.stringify([RENDERING_VERSION, SOUND_FONT, INSTRUMENTS]));
  for (const { id, split, tags, start, performance, composition, copyOf } of clips) {
    hash.update(
      JSON.stringify([
        id,
        split,
        tags,
        start.toFixed(5),
        [composition.mix.room, ...Object.values(composition.mix.tone)].map((value) => value.toFixed(5)),
        copyOf?.kind,
        performance.instruments,
      ]),
    );
    for (const { part, pitch, velocity, on, off } of performance.notes) {
      hash.update(`${part} ${pitch} ${velocity} ${on.toFixed(5)} ${off.toFixed(5)}\n`);
    }
  }
  return hash.digest('hex').slice(0, 12);
}
