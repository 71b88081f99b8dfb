import type { PruningPage } from '@refrain/pruned-dataset';
import { figure } from '../format.ts';
import { LEVEL_WORDS } from '../pruning/summaryWords.ts';
import type { Row } from './rows.ts';

const PRINTED = 40;

/** The most borderline removals as a table, on paper alone. */
export function PrintedRemovals({
  page: { clips, removals },
  rows,
}: {
  readonly page: PruningPage;
  readonly rows: readonly Row[];
}) {
  return (
    <table class="print-only">
      <caption>The {Math.min(PRINTED, rows.length)} most borderline of what goes</caption>
      <thead>
        <tr>
          {['goes', 'stays for it', 'why', 'similarity', 'z'].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, PRINTED).map(({ clip, partner, removal }) => (
          <tr key={removal}>
            <td>{clips.id[clip]}</td>
            <td>{clips.id[partner]}</td>
            <td>{LEVEL_WORDS[removals.level[removal]!]}</td>
            <td class="number">{figure(removals.similarity[removal])}</td>
            <td class="number">{figure(removals.z[removal])}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
