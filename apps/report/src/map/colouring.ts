import type { PruningPage } from '@refrain/pruned-dataset';
import { figure } from '../format.ts';
import { LEVEL_WORDS } from '../pruning/summaryWords.ts';

/** By what the map can be coloured. */
export const COLOURINGS = {
  fate: 'what stays and goes',
  level: 'why it goes',
  cluster: 'cluster',
  label: 'a tag',
  track: 'track',
  reliability: 'reliability',
} as const;
export type ColouringName = keyof typeof COLOURINGS;

/** A colour per clip, and what the colours mean. */
export interface Colouring {
  readonly colours: readonly string[];
  readonly legend: readonly { readonly colour: string; readonly words: string }[];
  readonly note?: string;
}

// Of middle lightness, so that they stand out on white and on black.
const KEPT = '#3b82c4';
const REMOVED = '#d9822b';
const NONE = '#98a1ab';
const PALETTE = [
  '#4e8fd0',
  '#e8862e',
  '#4fa35a',
  '#b46fb0',
  '#de5a5c',
  '#3fb0ac',
  '#a67c5b',
  '#c9a227',
  '#7b7fd6',
  '#d9749a',
];
const [LOW, HIGH] = [
  [222, 135, 60],
  [45, 105, 190],
] as const;

/** The colours of all clips by one of `COLOURINGS`; `label` is the tag that is looked for. */
export function colouring(page: PruningPage, by: ColouringName, label = ''): Colouring {
  const { clips, removals } = page;
  const all = clips.id.map((_, place) => place);
  if (by === 'fate') {
    const removed = new Set(removals.clip);
    return {
      colours: all.map((place) => (removed.has(place) ? REMOVED : KEPT)),
      legend: [entry(KEPT, 'stays'), entry(REMOVED, 'goes')],
    };
  }
  if (by === 'level') return byLevel(page, all);
  if (by === 'reliability') return byReliability(clips.reliability);
  if (by === 'label') {
    const wanted = clips.labelNames.indexOf(label);
    return {
      colours: all.map((place) => (clips.labels[place]!.includes(wanted) ? REMOVED : NONE)),
      legend: [entry(REMOVED, label), entry(NONE, 'other clips')],
    };
  }
  const values = by === 'cluster' ? clips.cluster.map((one) => (one === -1 ? null : one)) : clips.track;
  return byTurns(values, by);
}

function entry(colour: string, words: string) {
  return { colour, words };
}

function byLevel({ clips, removals }: PruningPage, all: readonly number[]): Colouring {
  const levels = Object.keys(LEVEL_WORDS).filter((level) => (removals.level as readonly string[]).includes(level));
  const colourOf = new Map(levels.map((level, i) => [level, PALETTE[(i + 1) % PALETTE.length]!]));
  const levelOf = new Map(removals.clip.map((clip, i) => [clip, removals.level[i]!]));
  return {
    colours: all.map((place) => colourOf.get(levelOf.get(place) ?? '') ?? NONE),
    legend: [
      ...levels.map((level) => entry(colourOf.get(level)!, LEVEL_WORDS[level]!)),
      entry(NONE, `stays (${clips.id.length - levelOf.size})`),
    ],
  };
}

/** Categories in as many colours as there are, over and over. */
function byTurns(values: readonly (number | null)[], what: string): Colouring {
  const count = new Set(values.filter((value) => value !== null)).size;
  const legend =
    count <= PALETTE.length && what === 'cluster'
      ? PALETTE.slice(0, count).map((colour, i) => entry(colour, `${what} ${i}`))
      : [];
  return {
    colours: values.map((value) => (value === null ? NONE : PALETTE[value % PALETTE.length]!)),
    legend: values.includes(null) ? [...legend, entry(NONE, `no ${what}`)] : legend,
    ...(legend.length === 0 && {
      note: `${count} ${what}s in ${PALETTE.length} colours that repeat: point at a clip to read its ${what}.`,
    }),
  };
}

function byReliability(values: readonly (number | null)[]): Colouring {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const [least = 0, most = 1] = [known[0], known.at(-1)];
  const mixed = (share: number) =>
    `#${LOW.map((low, i) =>
      Math.round(low + share * (HIGH[i]! - low))
        .toString(16)
        .padStart(2, '0'),
    ).join('')}`;
  const share = (value: number) => (most > least ? (value - least) / (most - least) : 1);
  return {
    colours: values.map((value) => (value === null ? NONE : mixed(share(value)))),
    legend: [
      entry(mixed(0), figure(least)),
      entry(mixed(0.5), 'between'),
      entry(mixed(1), figure(most)),
      ...(known.length < values.length ? [entry(NONE, 'not known')] : []),
    ],
  };
}
