import { ConfigError, type PruneInput } from '@refrain/core';
import type { Ranking } from './ranking.ts';

/**
 * How many clips the option `fraction` keeps, and what metadata.json says of it; `keepFraction` goes before it. Throws a ConfigError when it is
 * none.
 */
export function ownFraction({ keepFraction, ids }: PruneInput, fraction: number): Pick<Ranking, 'own' | 'decisions'> {
  if (keepFraction !== undefined) return { own: 0, decisions: { fraction: keepFraction } };
  return { own: countOfShare(fraction, ids.length, 'fraction'), decisions: { fraction } };
}

/** How many clips to keep: `keepFraction` of them, else what the strategy's own option keeps. Throws a ConfigError where that is too few. */
export function wantedCount({ keepFraction, ids }: PruneInput, { own, least }: Ranking): number {
  if (keepFraction === undefined) return own;
  const wanted = countOfShare(keepFraction, ids.length, 'keep');
  if (least === undefined || wanted >= least.count) return wanted;
  const smallest = Math.ceil((least.count / ids.length) * 1e4) / 1e4;
  throw new ConfigError(
    '--keep',
    `--keep ${keepFraction} asks for ${wanted} of ${ids.length} clips, but ${least.count} must stay: ${least.why}. ` +
      `Give at least --keep ${smallest}.`,
  );
}

/** `share` of the clips, rounded half up. */
function countOfShare(share: number, clips: number, option: 'keep' | 'fraction'): number {
  const wanted = Math.floor(share * clips + 0.5);
  if (clips === 0 || wanted > 0) return wanted;
  const smallest = Math.ceil(0.5e4 / clips) / 1e4;
  throw new ConfigError(
    option === 'keep' ? '--keep' : 'pruner.fraction',
    `--${option} ${share} would keep none of ${clips} clips: the smallest possible is --${option} ${smallest}.`,
  );
}
