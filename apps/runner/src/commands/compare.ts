import {
  compareAll,
  datasetOf,
  earlyDecisions,
  gridPoints,
  refuseClips,
  refuseLoadedHead,
  refuseOneSet,
  refuseOwnEmbeddings,
  savePredictions,
  writeComparison,
} from '@refrain/pipeline';
import { makeFolder } from '@refrain/pruned-dataset';
import type { RawValues } from '../settings/given.ts';
import { pluginFolderOf } from '../settings/settings.ts';
import { readPlan } from './comparePlan.ts';
import { comparisonText } from './comparisonText.ts';
import { outputPath, takeOutput } from './prune.ts';
import { refuseSave } from './saving.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

/**
 * `refrain compare`: strategies, each at several t or sizes, against random sets of the same size and the whole set, with intervals. The values of
 * --pruner, --t, --keep and --noise may be lists, separated by commas. What cannot be compared is refused before any audio is read, as far as that
 * can be known.
 */
export async function compare(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const { grid, plan, rest } = await readPlan(given);
  const work = async (session: Session) => {
    refuseLoadedHead(session);
    refuseOneSet(session);
    refuseOwnEmbeddings(session);
    refuseSave(session, ['predictions']);
    await takeOutput(session);
    const { assembly, settings } = session;
    const points = gridPoints(grid, plan.options, assembly);
    // Options of a wrong kind are refused here: later they would read like sizes that a strategy cannot reach.
    for (const { choice } of points) await assembly.make('pruner', choice);
    refuseClips(await datasetOf(assembly, settings), plan.resampleBy);
    const decisions = await earlyDecisions(session, grid.t.length > 0 ? [undefined] : grid.keep);
    const { report, name, bad, task, probed } = await compareAll(session, points, grid, plan, decisions);
    const target = await outputPath(session, { name }, 'compared');
    const folder = await makeFolder(target, async (draft) => {
      await writeComparison(draft, report);
      if (settings.save.includes('predictions')) await savePredictions(draft, task, probed);
    });
    return { text: `${comparisonText(report)}\n\n${folder}`, folder, bad, json: report };
  };
  // The run file is read already, but what it names is found beside it.
  return withSession(rest, signal, work, undefined, pluginFolderOf(given));
}
