import type { Composition } from '../music/compose.ts';
import { INSTRUMENTS } from '../music/instruments.ts';
import { MINOR_MODES } from '../music/scale.ts';
import type { Score } from '../music/score.ts';

/** What can be heard in an excerpt, sorted: genres, instruments, tempo, loudness, register, size of the band. */
export function tagsOf(composition: Composition, score: Score): string[] {
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
  const highest = quantile(pitches, 0.9);
  if (highest >= 79) tags.add('high');
  if (highest < 67) tags.add('low');
  return [...tags].sort();
}

function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
}
