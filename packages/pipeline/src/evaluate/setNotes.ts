import { largest } from '@refrain/core';
import type { SetResult } from './evaluate.ts';

/** How the values of the table came about, one sentence each. */
export function setNotes(results: readonly SetResult[]): string[] {
  const counts = (name: SetResult['name']) =>
    Object.values(results.find((result) => result.name === name)?.metrics ?? {}).map(({ values }) => values.length);
  // Only what is trained is repeated for a set that is not random.
  const seeds = largest([...counts('whole'), ...counts('pruned'), 1]);
  const draws = largest([...counts('random'), 1]);
  const parts = [
    ...(draws > 1 ? [`over ${draws} random sets for the measures of coverage`] : []),
    ...(seeds > 1
      ? [`over ${seeds} seeds${draws > 1 ? ', each with a random set of its own,' : ''} for the probe`]
      : []),
  ];
  const isSaved = results.some(
    ({ name, first }) => name === 'pruned' && Object.values(first).some((one) => one.parameters),
  );
  const heads = results.flatMap(({ first }) => Object.values(first)).flatMap(({ details }) => details?.head ?? []);
  const differences = results.flatMap(({ differences = {} }) => Object.values(differences));
  return [
    ...differences.map(({ sentence }) => sentence),
    ...(parts.length === 0 ? [] : [`mean ± standard deviation, ${parts.join(' and ')}`]),
    ...(isSaved && seeds > 1 ? [`the probe that is saved is that of the first of ${seeds} seeds`] : []),
    ...(heads.length === 0 ? [] : [`the probe's head is ${heads[0]}; nothing was trained`]),
  ];
}
