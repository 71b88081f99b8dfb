import { join } from 'node:path';
import { seededRandom } from '@refrain/core';
import { writeEvaluation } from '../folder/evaluation.ts';
import { FILES } from '../folder/records.ts';
import { writeFolder } from '../folder/write.ts';
import type { RawValues } from '../settings/settings.ts';
import { compareSets, comparisonNote, comparisonTable } from './comparison.ts';
import { folderContent, originOf, sizes } from './folderContent.ts';
import { headOrigin, refuseLoadedHead } from './loadedHead.ts';
import { outputPath, refuseOutput } from './prune.ts';
import { prunedSource } from './prunedSource.ts';
import { summary } from './pruneText.ts';
import { type CommandResult, Stopwatch, withSession } from './session.ts';

/** `refrain run`: prune, then compare the pruned train set with the whole one and with random ones of the same size. */
export async function run(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  return withSession(given, signal, async (session) => {
    refuseLoadedHead(session);
    const watch = new Stopwatch();
    await refuseOutput(session);
    const pruned = await prunedSource(session, ['train', 'valid', 'test'], watch);
    const { source, outcome } = pruned;
    const { embedded } = source;
    const random = seededRandom(session.settings.seed);
    const results =
      embedded === undefined
        ? []
        : await watch.time('evaluate', () =>
            compareSets(session, embedded, outcome.keep, ['whole', 'pruned', 'random'], random),
          );
    if (embedded === undefined)
      session.host.notice('own embeddings come without labels and splits: nothing to evaluate.');
    const folder = await writeFolder(
      outputPath(session, source),
      folderContent(pruned, originOf(session, watch)),
      async (draft) =>
        writeEvaluation(
          join(draft, FILES.evaluation),
          results,
          embedded?.dataset.classes ?? [],
          await headOrigin(session),
        ),
    );
    const comparison = results.length === 0 ? [] : ['', comparisonTable(results), comparisonNote(results)];
    return {
      text: [summary(source, outcome), ...comparison, '', folder].join('\n'),
      json: {
        folder,
        ...sizes(source, outcome),
        encoded: source.encoded,
        bad: source.bad.length,
        sets: results.map(({ name, clips, metrics }) => ({ set: name, clips, metrics })),
      },
    };
  });
}
