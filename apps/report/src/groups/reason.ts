import type { PruningPage } from '@refrain/pruned-dataset';
import { figure } from '../format.ts';
import { askedScore, type Row } from './rows.ts';

/** What a removed clip of a level has to do with the clip that stays for it. */
const LEVEL_REASONS: Readonly<Record<string, string>> = {
  identical: 'B is the very same audio as A.',
  'same-recording': 'B is the same recording as A, by its acoustic fingerprint.',
  'near-identical': 'B is so like A that it counts as its copy.',
  redundant: 'B is similar enough to A, which stands for it.',
  unsupported: 'A is the most similar clip that stays, but not similar enough: a rule or a decision took B.',
};

/** Why a clip went, in words and with what was asked. */
export function whyRemoved({ removals, rule }: PruningPage, { removal }: Row): string {
  const level = removals.level[removal]!;
  const [similarity, theta, z] = [removals.similarity[removal]!, removals.theta[removal], removals.z[removal]];
  const score = askedScore(rule, z ?? null);
  const asked = [
    theta == null ? '' : `similarity ${figure(similarity)}, ${figure(theta)} was asked`,
    score === undefined ? '' : `z ${figure(z)}, ${figure(score)} was asked`,
  ].filter((part) => part !== '');
  const words = LEVEL_REASONS[level] ?? level;
  return asked.length === 0 ? words : `${words.slice(0, -1)}: ${asked.join('; ')}.`;
}
