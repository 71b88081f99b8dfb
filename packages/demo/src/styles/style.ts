import type { GrooveName } from '../music/grooves.ts';
import type { InstrumentName } from '../music/instruments.ts';
import type { MelodyStyle } from '../music/melody.ts';
import type { Mode } from '../music/scale.ts';
import type { BassTextureName, ChordTextureName } from '../music/textures.ts';

/** What a melody instrument can play; all of it comes from the track's themes and their harmony. */
export type LineName =
  | 'theme'
  | 'ornamented theme'
  | 'theme in octaves'
  | 'harmony'
  | 'counter line'
  | 'solo'
  | 'riff'
  | 'chorale soprano'
  | 'chorale alto'
  | 'chorale tenor'
  | 'chorale bass'
  | 'pulsing alto'
  | 'pulsing tenor'
  | 'pulsing bass';

export type TextureName = LineName | ChordTextureName | BassTextureName | GrooveName;

/** One way to play a section: who plays what, and how loud. A list of textures is a choice that each track makes once. */
export interface Arrangement {
  /** What a listener would call it, e.g. `intro`. */
  readonly name: string;
  readonly section: 'A' | 'B';
  /** 0 (pianissimo) … 1 (fortissimo). */
  readonly dynamic: number;
  readonly parts: Readonly<Record<string, TextureName | readonly TextureName[]>>;
}

/** Progressions to choose from for each section, in the notation of `parseProgression`. */
interface Progressions {
  readonly A: readonly string[];
  readonly B: readonly string[];
}

/** A style as data: what its tracks draw from. */
export interface Style {
  readonly name: string;
  /** Genre tags of all its tracks. */
  readonly genres: readonly string[];
  readonly beatsPerBar: 3 | 4;
  /** Slowest and fastest tempo, beats per minute. */
  readonly tempo: readonly [number, number];
  /** Where the second half of a beat falls; 0.5 where it isn't said. */
  readonly swing?: number;
  /** How far from the beat its players are, in milliseconds (standard deviation). */
  readonly looseness: number;
  /** Share of reverberation in the sound, 0…1. */
  readonly room: number;
  /** Its modes with their progressions. */
  readonly harmony: Readonly<Partial<Record<Mode, Progressions>>>;
  readonly melody: MelodyStyle;
  /** Melodic style of the texture `solo`; `melody` where it isn't said. */
  readonly solo?: MelodyStyle;
  /** The instruments each role can be given to; each track chooses once. */
  readonly cast: Readonly<Record<string, readonly InstrumentName[]>>;
  /** At least four; each track takes four. */
  readonly arrangements: readonly Arrangement[];
}
