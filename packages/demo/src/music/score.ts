import type { InstrumentName } from './instruments.ts';

/** A written note. */
export interface Note {
  /** MIDI pitch (60 = middle C); for a drum kit the General MIDI key of the drum. */
  readonly pitch: number;
  /** In beats from the start of the excerpt. */
  readonly start: number;
  /** In beats. */
  readonly duration: number;
  /** 1 is the part's plain loudness; accents are above, ghost notes below. */
  readonly accent: number;
}

/** What one instrument plays. */
export interface Part {
  /** Its place in the band, e.g. `lead`, `bass`. */
  readonly role: string;
  /** What it plays, e.g. `theme`, `walking bass`. */
  readonly texture: string;
  readonly instrument: InstrumentName;
  /** Loudness relative to a leading part. */
  readonly weight: number;
  readonly notes: readonly Note[];
}

/** The written music of one excerpt. */
export interface Score {
  /** Beats per minute. */
  readonly tempo: number;
  readonly beatsPerBar: number;
  /** Where the second half of a beat falls: 0.5 is straight, 0.67 a triplet swing. */
  readonly swing: number;
  /** 0 (pianissimo) … 1 (fortissimo). */
  readonly dynamic: number;
  /** Beats before the excerpt proper: the bar that leads to it, so that it can start in the middle of sound. */
  readonly leadIn: number;
  /** Which bar of its section it starts with after that, from 0. */
  readonly firstBar: number;
  readonly parts: readonly Part[];
}
