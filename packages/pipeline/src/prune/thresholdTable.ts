import type { PruneOutcome } from './pruneSpace.ts';

/**
 * The table "θ → kept, worst partner, labels lost", tab-separated: what the same strategy would keep at other thresholds, before any rules.
 * `labels` are those of the clips of the space. Undefined where the strategy has no θ.
 */
export function thresholdTable(
  { alternatives = [] }: Pick<PruneOutcome, 'alternatives'>,
  labels: readonly (readonly string[])[],
): string | undefined {
  if (alternatives.length === 0) return undefined;
  const all = new Set(labels.flat());
  const hasTau = alternatives.some(({ tau }) => tau !== undefined);
  const rows = alternatives.map(({ kappa, tau = Infinity, theta, keep, worstPartnerSimilarity }) => {
    const left = new Set(Array.from(keep, (clip) => labels[clip]!).flat());
    return [
      kappa,
      ...(hasTau ? [tau < Infinity ? tau : 'none'] : []),
      theta,
      keep.length,
      worstPartnerSimilarity ?? 'n/a',
      all.size - left.size,
    ];
  });
  const header = [
    'kappa',
    ...(hasTau ? ['tau'] : []),
    'median_theta',
    'kept',
    'worst_partner_similarity',
    'labels_lost',
  ];
  return [header, ...rows].map((row) => `${row.join('\t')}\n`).join('');
}
