import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareGrid, comparisonPage, refuseIncomparable, savePredictions, writeComparison } from '@refrain/pipeline';
import { makeFolder } from '@refrain/pruned-dataset';
import type { RawValues } from '../settings/given.ts';
import { pluginFolderOf } from '../settings/settings.ts';
import { terminalWidth } from '../terminal/terminalText.ts';
import { readGrid } from './compareGrid.ts';
import { comparisonText } from './comparisonText.ts';
import { outputPath, refuseSave, takeOutput } from './output.ts';
import { leavePage } from './page.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

/**
 * `refrain compare`: strategies, each at several t or sizes, against random sets of the same size and the whole set, with intervals. The values of
 * --pruner, --t, --keep and --noise may be lists, separated by commas. What cannot be compared is refused before any audio is read, as far as that
 * can be known.
 */
export async function compare(given: RawValues, signal: AbortSignal, line: string): Promise<CommandResult> {
  const { grid, options, rest } = await readGrid(given);
  const work = async (session: Session) => {
    refuseIncomparable(session);
    refuseSave(session, ['predictions']);
    await takeOutput(session);
    const { name, bad, task, comparisons } = await compareGrid(session, grid, options);
    const target = await outputPath(session, { name }, 'compared');
    const reports = comparisons.map(({ report }) => report);
    let page: string | undefined;
    const folder = await makeFolder(target, async (draft) => {
      for (const [at, comparison] of comparisons.entries()) {
        // The files of the first evaluator stand in the folder itself, those of each further one in a folder of its name.
        const place = at === 0 ? draft : join(draft, comparison.report.evaluator);
        await mkdir(place, { recursive: true });
        await writeComparison(place, comparison.report);
        if (session.settings.save.includes('predictions')) await savePredictions(place, task, comparison);
      }
      page = await leavePage(session, draft, target, async () => comparisonPage(reports, line));
    });
    const places = [...(page === undefined ? [] : [page]), folder].join('\n');
    const text = [...reports.map((report) => comparisonText(report, terminalWidth())), places].join('\n\n');
    return { text, folder, bad, json: reports.length === 1 ? reports[0]! : { comparisons: reports } };
  };
  // The run file is read already, but what it names is found beside it.
  return withSession(rest, signal, work, undefined, pluginFolderOf(given));
}
