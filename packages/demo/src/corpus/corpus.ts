import { createHash } from 'node:crypto';
import { quantile, type Random, type Split, seededRandom, shuffled } from '@refrain/core';
import { arrange, type Score } from '../music/arrange.ts';
import { type Composition, compose, FEWEST_EXCERPTS } from '../music/compose.ts';
import { INSTRUMENTS } from '../music/instruments.ts';
import { type Performance, perform } from '../music/perform.ts';
import { MINOR_MODES } from '../music/theory.ts';
import { CLASSICAL } from '../styles/classical.ts';
import { JAZZ } from '../styles/jazz.ts';
import { POPULAR } from '../styles/popular.ts';
import type { Style } from '../styles/style.ts';
import { SOUND_FONT } from '../synth/soundFont.ts';
import { RENDERING_VERSION } from '../synth/synthesizer.ts';
import { splitTracks } from './split.ts';

/** Length of every clip in seconds. */
export const CLIP_SECONDS = 15;

// Longer than a clip, so that a shifted copy has music to its end.
const PLAYED_SECONDS = 15.5;
const MOMENT = 0.25;

/** Tags of fewer tracks are left out. */
const FEWEST_TRACKS = 5;

/** A piece of the corpus: everything else about it is drawn from its style with its title as seed. */
interface Track {
  readonly title: string;
  readonly style: Style;
}

/** All tracks in a fixed order, those of a style together. */
export const TRACKS: readonly Track[] = [...CLASSICAL, ...JAZZ, ...POPULAR].flatMap((style) =>
  style.titles.map((title) => ({ title, style })),
);

/** How a copy differs from its original: not at all, 6 dB quieter, or starting a little later. */
export type CopyKind = 'exact' | 'quieter' | 'shifted';

/** Of each kind of copy how many are planted, and what the renderer does: a factor on the samples, seconds left out. */
export const COPIES: Readonly<
  Record<CopyKind, { readonly count: number; readonly gain: number; readonly skip: number }>
> = {
  exact: { count: 6, gain: 1, skip: 0 },
  quieter: { count: 3, gain: 10 ** (-6 / 20), skip: 0 },
  shifted: { count: 3, gain: 1, skip: 0.12 },
};

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
  const copies = plantCopies(random.fork('copies'), originals);
  const clips = [...originals.flat(), ...copies].sort((a, b) => (a.id < b.id ? -1 : 1));
  return { clips, tags: [...new Set(clips.flatMap(({ tags }) => tags))].sort(), hash: hashOf(clips) };
}

function composeTrack(track: Track, random: Random): Excerpt[] {
  const composition = compose(track.style, random);
  return composition.arrangements.map((arrangement, place) => {
    const own = random.fork(`excerpt ${place}`);
    const score = arrange(composition, arrangement, PLAYED_SECONDS, own);
    const performance = perform(score, track.style, own.fork('performance'));
    const start = (score.leadIn * 60) / score.tempo - MOMENT;
    const { name, section } = arrangement;
    return {
      track,
      trackSlug: slugOf(track.title),
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

// What can be heard in an excerpt, sorted: genres, instruments, tempo, loudness, register, size of the band.
function tagsOf(composition: Composition, score: Score): string[] {
  const tags = new Set<string>(composition.style.genres);
  const sounding = score.parts.filter(({ notes }) => notes.length > 0);
  const instruments = new Set(sounding.map(({ instrument }) => instrument));
  for (const instrument of instruments) tags.add(INSTRUMENTS[instrument].family);
  if (!tags.has('drums')) tags.add('no drums');
  if (instruments.size === 1) tags.add('solo');
  if (instruments.size >= 5) tags.add('ensemble');
  if (score.tempo < 84) tags.add('slow');
  if (score.tempo >= 124) tags.add('fast');
  if (score.beatsPerBar === 3) tags.add('triple time');
  if (score.swing > 0.6) tags.add('swing feel');
  if (score.dynamic <= 0.38) tags.add('quiet');
  if (score.dynamic >= 0.78) tags.add('loud');
  if (MINOR_MODES.includes(composition.key.mode)) tags.add('minor');
  const pitches = sounding
    .filter(({ instrument }) => INSTRUMENTS[instrument].family !== 'drums')
    .flatMap(({ notes }) => notes.map(({ pitch }) => pitch));
  const highest = quantile(Float64Array.from(pitches).sort(), 0.9);
  if (highest >= 79) tags.add('high');
  if (highest < 67) tags.add('low');
  return [...tags].sort();
}

// Copies of clips of as many train tracks.
function plantCopies(random: Random, tracks: readonly DemoClip[][]): DemoClip[] {
  const train = tracks.filter(([first]) => first!.split === 'train');
  const order = shuffled(random, train.length);
  const kinds = Object.entries(COPIES).flatMap(([kind, { count }]) =>
    new Array<CopyKind>(count).fill(kind as CopyKind),
  );
  return kinds.map((kind, index) => {
    const track = train[order[index]!]!;
    const original = track[random.integer(track.length)]!;
    return { ...original, id: `${original.id}-${kind}`, copyOf: { id: original.id, kind } };
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
  // Machines may compute the last digits differently.
  const rounded = (_: string, value: unknown) => (typeof value === 'number' ? value.toFixed(5) : value);
  for (const { id, split, tags, start, performance, composition, copyOf } of clips)
    hash.update(JSON.stringify([id, split, tags, start, performance, composition.mix, copyOf], rounded));
  return hash.digest('hex').slice(0, 12);
}

// The title as a folder name: small Latin letters, digits and hyphens.
function slugOf(title: string): string {
  const plain = title.normalize('NFD').replace(/[\u0300-\u036f’]/g, '');
  return plain.toLowerCase().replace(/[^a-z0-9]+/g, '-');
}
