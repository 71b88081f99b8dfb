import { type Random, type Split, shuffled } from '@refrain/core';

/** How a copy differs from its original: not at all, 6 dB quieter, or starting a little later. */
export type CopyKind = 'exact' | 'quieter' | 'shifted';

/** What the renderer does for each kind. */
export const COPY_EFFECTS: Readonly<Record<CopyKind, { readonly gain: number; readonly skip: number }>> = {
  exact: { gain: 1, skip: 0 },
  quieter: { gain: 10 ** (-6 / 20), skip: 0 },
  shifted: { gain: 1, skip: 0.12 },
};

/** A planted copy of excerpt `excerpt` (from 0) of track `track` (index). */
export interface Copy {
  readonly track: number;
  readonly excerpt: number;
  readonly kind: CopyKind;
}

const KINDS: readonly CopyKind[] = [
  ...new Array<CopyKind>(6).fill('exact'),
  ...new Array<CopyKind>(3).fill('quieter'),
  ...new Array<CopyKind>(3).fill('shifted'),
];

/** Twelve copies, each of another track, all in the train split. `excerpts` says how many each track has. */
export function plantCopies(random: Random, splits: readonly Split[], excerpts: readonly number[]): Copy[] {
  const train = splits.flatMap((split, track) => (split === 'train' ? [track] : []));
  const order = shuffled(random, train.length);
  return KINDS.map((kind, index) => {
    const track = train[order[index]!]!;
    return { track, excerpt: random.integer(excerpts[track]!), kind };
  });
}
