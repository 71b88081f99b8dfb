import type { EvaluationTables, Figure } from '@refrain/pruned-dataset';
import { figure, whole } from '../format.ts';
import { Scroll } from '../frame/scroll.tsx';
import { SET_WORDS, verdict, withInterval } from './summaryWords.ts';

const SHORT = { worse: 'worse', better: 'better', unclear: 'no difference shown' } as const;

/** What was measured per set, with pruned minus random and its interval. */
export function EvaluationTable({ tables }: { readonly tables: EvaluationTables }) {
  const metrics = [...new Set(tables.sets.flatMap(({ metrics }) => Object.keys(metrics)))];
  return (
    <Scroll>
      <table id="evaluation">
        <caption>
          What was measured: mean ± standard deviation over seeds or draws, and the difference with its 95 % interval
        </caption>
        <thead>
          <tr>
            <th scope="col">metric</th>
            {tables.sets.map(({ set, clips }) => (
              <th key={set} scope="col" class="number">
                {SET_WORDS[set] ?? set} <small>{whole(clips)} clips</small>
              </th>
            ))}
            <th scope="col" class="number">
              stays − random
            </th>
            <th scope="col">what that shows</th>
          </tr>
        </thead>
        <tbody>
          {metrics.map((metric) => (
            <tr key={metric}>
              <th scope="row">{metric}</th>
              {tables.sets.map(({ set, metrics }) => (
                <td key={set} class="number">
                  {spread(metrics[metric])}
                </td>
              ))}
              <td class="number">
                {tables.differences[metric] === undefined ? '–' : withInterval(tables.differences[metric])}
              </td>
              <td class="nowrap">
                {tables.differences[metric] === undefined ? '' : SHORT[verdict(metric, tables.differences[metric])]}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function spread(value: Figure | undefined): string {
  if (value === undefined || value.mean === null) return '–';
  return value.sd === null ? figure(value.mean) : `${figure(value.mean)} ± ${figure(value.sd)}`;
}
