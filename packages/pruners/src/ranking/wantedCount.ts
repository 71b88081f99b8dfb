import { ConfigError, type PruneInput, roundHalfUp } from '@refrain/core';
import { allClips, smallestShare } from '../shares.ts';
import type { Ranking } from './ranking.ts';

/**
 * How many clips the option `fraction` keeps, and what metadata.json says of it; `keepFraction` goes before it. Throws a ConfigError when it is
 * none.
 */
export function ownFraction(input: PruneInput, fraction: number): Pick<Ranking, 'own' | 'decisions'> {
  const { keepFraction } = input;
  if (keepFraction !== undefined) return { own: 0, decisions: { fraction: keepFraction } };
  return { own: countOfShare(fraction, input, 'fraction'), decisions: { fraction } };
}

/** How many clips to keep: `keepFraction` of them, else what the strategy's own option keeps. Throws a ConfigError where that is too few. */
export function wantedCount(input: PruneInput, { own, least }: Ranking): number {
  const { keepFraction } = input;
  if (keepFraction === undefined) return own;
  const wanted = countOfShare(keepFraction, input, 'keep');
  if (least === undefined || wanted >= least.count) return wanted;
  const kept = input.beside?.kept ?? 0;
  throw new ConfigError(
    '--keep',
    `--keep asks for ${wanted + kept} of ${allClips(input)} clips, but ${least.count + kept} must stay: ${least.why}. ` +
      `Give at least --keep ${smallestShare(least.count + kept, input)}.`,
  );
}

/** `share` of the clips, rounded half up. */
function countOfShare(share: number, input: PruneInput, option: 'keep' | 'fraction'): number {
  const clips = input.ids.length;
  const wanted = roundHalfUp(share * clips);
  // With others that stay beside them, none of these need to.
  if (clips === 0 || wanted > 0 || (input.beside?.kept ?? 0) > 0) return wanted;
  const smallest = Math.ceil(0.5e4 / clips) / 1e4;
  throw new ConfigError(
    option === 'keep' ? '--keep' : 'pruner.fraction',
    `--${option} ${share} would keep none of ${clips} clips: the smallest possible is --${option} ${smallest}.`,
  );
}
