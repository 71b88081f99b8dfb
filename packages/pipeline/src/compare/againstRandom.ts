import type { Host, Random } from '@refrain/core';
import type { EvaluationTask, SetResult } from '../evaluate/evaluate.ts';
import { LEVEL, RESAMPLES } from './compareAll.ts';
import { findings } from './findings.ts';
import type { Difference } from './report/report.ts';
import { type Grouping, testParts, usualGrouping } from './testParts.ts';

/**
 * How what was kept differs from random sets of its size, by metric, from what both predicted: over seeds, random sets and test groups, as a comparison of
 * strategies finds it. Undefined where nothing was predicted, or there are no two seeds.
 */
export function againstRandom(
  task: EvaluationTask,
  results: readonly SetResult[],
  groupedBy: Grouping | undefined,
  random: Random,
  host: Host,
): Readonly<Record<string, Difference>> | undefined {
  const roles = { pruned: 'strategy', random: 'baseline' } as const;
  const rows = results.flatMap(({ name, clips, predictions = [] }) =>
    name === 'whole' || predictions.length < 2
      ? []
      : [
          {
            set: { strategy: name, role: roles[name], asked: {}, size: clips, keep: [] },
            budget: 'epochs' as const,
            evaluations: predictions.map((one) => ({
              predictions: { ...one, data: Float32Array.from(one.data) },
              ...{ metrics: {}, details: {} },
            })),
          },
        ],
  );
  if (rows.length < 2) return undefined;
  const parts = testParts(task.train, task.test, groupedBy ?? usualGrouping(task.test), RESAMPLES, random);
  const found = findings(task, rows, parts.slice(0, 1), LEVEL, host.notice);
  return found.find(({ strategy }) => strategy === 'pruned')?.against?.random?.[parts[0]!.name];
}
