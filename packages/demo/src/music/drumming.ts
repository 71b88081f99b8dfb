import type { Random } from '@refrain/core';
import { chance, pick } from './chance.ts';
import { DRUMS, type Drum, type Groove } from './grooves.ts';
import type { Note } from './score.ts';
import { parseSteps, repeatSteps } from './steps.ts';

const ACCENTS: Record<string, number> = { X: 1.15, x: 1, o: 0.72, g: 0.5 };

/** How long a groove is played, in beats, and after how many bars a fill comes. */
export interface GrooveSetting {
  readonly beatsPerBar: number;
  readonly beats: number;
  readonly phrase: number;
}

/** The notes of a groove, with a fill in the last bar of every phrase and often a crash after it. */
export function playGroove(random: Random, groove: Groove, { beatsPerBar, beats, phrase }: GrooveSetting): Note[] {
  const bars = Math.ceil(beats / beatsPerBar);
  const isFill = (bar: number) => groove.fills.length > 0 && bar % phrase === phrase - 1;
  const notes: Note[] = [];
  for (const [drum, pattern] of Object.entries(groove.pattern)) {
    for (const { token, start } of repeatSteps(pattern, beatsPerBar, beats)) {
      const bar = Math.floor(start / beatsPerBar + 1e-9);
      // Nobody plays a pattern to the letter: a soft stroke is left out now and then.
      if (isFill(bar) || (ACCENTS[token]! < 0.8 && chance(random, 0.06))) continue;
      notes.push(stroke(drum as Drum, start, token));
    }
  }
  for (let bar = 0; bar < bars; bar++) {
    if (isFill(bar)) notes.push(...playFill(pick(random, groove.fills), bar * beatsPerBar, beatsPerBar));
    else if (bar > 0 && isFill(bar - 1) && chance(random, 0.7)) notes.push(stroke('crash', bar * beatsPerBar, 'x'));
  }
  return notes.sort((a, b) => a.start - b.start || a.pitch - b.pitch);
}

const stroke = (drum: Drum, start: number, token: string): Note => ({
  pitch: DRUMS[drum],
  start,
  duration: 0.25,
  accent: ACCENTS[token]!,
});

function playFill(fill: Groove['pattern'], offset: number, beatsPerBar: number): Note[] {
  return Object.entries(fill).flatMap(([drum, pattern]) =>
    parseSteps(pattern, beatsPerBar).map(({ token, start }) => stroke(drum as Drum, offset + start, token)),
  );
}
