import type { InstrumentName } from '../music/instruments.ts';
import type { MelodyStyle } from '../music/melody.ts';
import { rowsOf } from '../music/notation.ts';
import type { Mode } from '../music/theory.ts';

/** One way to play a section: who plays what, and how loud. */
export interface Arrangement {
  /** What a listener would call it, e.g. `intro`. */
  readonly name: string;
  readonly section: 'A' | 'B';
  /** 0 (pianissimo) … 1 (fortissimo). */
  readonly dynamic: number;
  /** The textures of each role, of which each track chooses one. */
  readonly parts: Readonly<Record<string, readonly string[]>>;
}

/** A style as data: what its tracks draw from. */
export interface Style {
  readonly name: string;
  /** Genre tags of all its tracks. */
  readonly genres: readonly string[];
  readonly beatsPerBar: number;
  /** Slowest and fastest tempo, beats per minute. */
  readonly tempo: readonly [number, number];
  /** How far from the beat its players are, in milliseconds (standard deviation). */
  readonly looseness: number;
  /** Share of reverberation in the sound, 0…1. */
  readonly room: number;
  /** Where the second half of a beat falls. */
  readonly swing: number;
  /** The titles of its tracks. */
  readonly titles: readonly string[];
  /** Its modes with the progressions to choose from for each section, in the notation of `parseProgression`. */
  readonly harmony: Readonly<Partial<Record<Mode, Readonly<Record<'A' | 'B', readonly string[]>>>>>;
  readonly melody: MelodyStyle;
  /** Melodic style of the texture `solo`. */
  readonly solo: MelodyStyle;
  /** The instruments each role can be given to; each track chooses once. */
  readonly cast: Readonly<Record<string, readonly InstrumentName[]>>;
  /** A track chooses one that can be varied. */
  readonly arrangements: readonly Arrangement[];
}

/**
 * Styles out of a table. A row says in its first column what it is: `style` (name, genres, beats to the bar, tempo, looseness, room, swing
 * where it is not straight), `tracks` (titles), `major A` and the like (a progression for that section), `melody` and `solo` (rhythms,
 * cadences, leaps), `cast` (roles and their instruments), `A 0.5` (section and loudness of an arrangement, its name, who plays what).
 */
export function readStyles(table: string): Style[] {
  const texts = table.split(/^(?=style )/m).map(rowsOf);
  return texts.filter((rows) => rows.length > 0).map(readStyle);
}

function readStyle(rows: readonly string[][]): Style {
  const cellsOf = (kind: string) => rows.flatMap(([head, ...cells]) => (head === kind ? cells : []));
  const [name, genres, ...figures] = cellsOf('style') as [string, string, ...string[]];
  const [beatsPerBar, slowest, fastest, looseness, room, swing = 0.5] = figures
    .join()
    .match(/[\d.]+/g)!
    .map(Number);
  const modes = rows.flatMap(([head]) => (/ [AB]$/.test(head!) ? [head!.split(' ')[0]!] : []));
  const arrangements = rows
    .filter(([head]) => /^[AB] /.test(head!))
    .map(([head, title, ...cells]): Arrangement => {
      const [section, dynamic] = head!.split(' ') as ['A' | 'B', string];
      return { name: title!, section, dynamic: Number(dynamic), parts: readRoles(cells) };
    });
  return {
    name,
    genres: genres.split(', '),
    beatsPerBar: beatsPerBar!,
    tempo: [slowest!, fastest!],
    looseness: looseness!,
    room: room!,
    swing,
    titles: cellsOf('tracks'),
    harmony: Object.fromEntries(modes.map((mode) => [mode, { A: cellsOf(`${mode} A`), B: cellsOf(`${mode} B`) }])),
    melody: readMelody(cellsOf('melody')),
    solo: readMelody(cellsOf('solo')),
    cast: readRoles(cellsOf('cast')) as Style['cast'],
    arrangements,
  };
}

// `role: this, that` in every cell.
function readRoles(cells: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    cells.map((cell) => cell.split(': ') as [string, string]).map(([role, names]) => [role, names.split(', ')]),
  );
}

function readMelody([rhythms, cadences, leaps]: readonly string[]): MelodyStyle {
  return { rhythms: rhythms!.split(' '), cadences: cadences!.split(' '), leaps: Number(leaps) };
}
