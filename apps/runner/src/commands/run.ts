import { join } from 'node:path';
import { seededRandom } from '@refrain/core';
import {
  compareSets,
  folderContent,
  keptIn,
  originOf,
  prunedSource,
  refuseLoadedHead,
  Stopwatch,
  saveSegments,
  sizes,
  writeResults,
} from '@refrain/pipeline';
import { FILES, writeFolder } from '@refrain/pruned-dataset';
import type { RawValues } from '../settings/given.ts';
import { comparisonNote, comparisonTable } from './comparison.ts';
import { baseSettings } from './folderSettings.ts';
import { outputPath, takeOutput } from './prune.ts';
import { summary } from './pruneText.ts';
import { refuseSave } from './saving.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

/** `refrain run`: prune, then compare the pruned train set with the whole one and with random ones of the same size. */
export async function run(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const work = async (session: Session) => {
    refuseLoadedHead(session);
    const watch = new Stopwatch();
    refuseSave(session, ['predictions', 'segments']);
    await takeOutput(session);
    const pruned = await prunedSource(session, ['train', 'valid', 'test'], watch);
    const { source, outcome } = pruned;
    const { embedded } = source;
    const random = seededRandom(session.settings.seed);
    const kept = keptIn(embedded?.space.ids ?? [], pruned);
    // Where all clips are kept, the three sets are one.
    const results =
      embedded === undefined || kept.length === embedded.space.ids.length
        ? []
        : await watch.time('evaluate', () =>
            compareSets(session, embedded, kept, ['whole', 'pruned', 'random'], random),
          );
    if (embedded === undefined)
      session.host.notice('own embeddings come without labels and splits: nothing to evaluate.');
    const folder = await writeFolder(
      await outputPath(session, source),
      folderContent(pruned, originOf(session, watch)),
      {
        thresholds: session.settings.thresholds,
        extend: async (draft) => {
          await saveSegments(session, draft, embedded);
          if (embedded !== undefined && results.length > 0)
            await writeResults(session, join(draft, FILES.evaluation), results, embedded);
        },
      },
    );
    const comparison = results.length === 0 ? [] : ['', comparisonTable(results), comparisonNote(results)];
    return {
      text: [summary(source, outcome), ...comparison, '', folder].join('\n'),
      folder,
      bad: source.bad,
      json: {
        ...sizes(source, outcome),
        encoded: source.encoded,
        sets: results.map(({ name, clips, metrics }) => ({ set: name, clips, metrics })),
      },
    };
  };
  return withSession(given, signal, work, await baseSettings(given));
}
