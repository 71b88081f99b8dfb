import { type Random, shuffled } from '@refrain/core';
import type { Arrangement, Style, TextureName } from '../styles/style.ts';
import { GROOVES } from './grooves.ts';
import { BASS_TEXTURES, CHORD_TEXTURES } from './textures.ts';

/** An arrangement in which every role has one texture. */
export type ChosenArrangement = Arrangement & { readonly parts: Readonly<Record<string, TextureName>> };

/**
 * The ways to play an arrangement again, itself the first: the same players in either section, up to two of whom play something else,
 * as when a refrain comes back. No two are alike; those with fewer changes come first, in random order.
 */
export function variationsOf(arrangement: ChosenArrangement, style: Style, random: Random): ChosenArrangement[] {
  const changes = Object.entries(arrangement.parts).flatMap(([role, texture]) =>
    alternatives(style, role, texture).map((other) => ({ [role]: other })),
  );
  const pairs = changes.flatMap((one, at) => changes.slice(at + 1).map((other) => ({ ...one, ...other })));
  const double = pairs.filter((change) => Object.keys(change).length === 2);
  const other: 'A' | 'B' = arrangement.section === 'A' ? 'B' : 'A';
  const levels = [[{}], changes, double].map((level) =>
    level.flatMap((change) => [arrangement.section, other].map((section) => ({ section, change }))),
  );
  const [[first, second], ...varied] = levels as [(typeof levels)[0], ...typeof levels];
  const order = [
    first!,
    second!,
    ...varied.flatMap((level) => Array.from(shuffled(random, level.length), (i) => level[i]!)),
  ];
  return order.map(({ section, change }) => ({
    ...arrangement,
    section,
    parts: { ...arrangement.parts, ...change } as ChosenArrangement['parts'],
  }));
}

/** What else a role plays in this style that does the same work as `texture`. */
function alternatives(style: Style, role: string, texture: TextureName): TextureName[] {
  const played = style.arrangements.flatMap(({ parts }) => parts[role] ?? []) as TextureName[];
  const decorated: TextureName[] =
    texture === 'theme' ? ['ornamented theme'] : texture === 'ornamented theme' ? ['theme'] : [];
  const others = [...played, ...decorated].filter((other) => other !== texture && workOf(other) === workOf(texture));
  return [...new Set(others)];
}

function workOf(texture: TextureName): 'drums' | 'chords' | 'bass' | 'line' {
  if (texture in GROOVES) return 'drums';
  if (texture in CHORD_TEXTURES) return 'chords';
  return texture in BASS_TEXTURES ? 'bass' : 'line';
}
