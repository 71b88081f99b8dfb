import type { LeaksPage } from '@refrain/pruned-dataset';
import { counted, whole } from '../format.ts';

/** Whether the splits share anything, in a sentence. */
export function leakHeadline({ shared }: LeaksPage): string {
  const pairs = new Set(shared.filter((one) => one.shared > 0).map(({ splits }) => splits.join(' and ')));
  if (pairs.size === 0) return 'The splits share nothing that was looked for';
  return `${[...pairs].join(', ')} ${pairs.size === 1 ? 'have' : 'each have'} something in common`;
}

/** What two splits share, of each kind that they share anything of. */
export function leakSentences({ shared }: LeaksPage): readonly string[] {
  return shared
    .filter((one) => one.shared > 0)
    .map(
      ({ kind, splits: [a, b], shared: count, clips }) =>
        `${kind.replaceAll('-', ' ')}: ${whole(count)} between ${a} and ${b}, with ${counted(clips[0], 'clip')} of ${a} and ${whole(clips[1])} of ${b}.`,
    );
}
