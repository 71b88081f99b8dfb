import { seededRandom } from '@refrain/core';
import { audioMeans, checkLoadedHead, compareSets, embedDataset, trainSpace, writeResults } from '@refrain/pipeline';
import { makeFolder } from '@refrain/pruned-dataset';
import type { RawValues } from '../settings/given.ts';
import { comparisonNote, comparisonTable } from './comparison.ts';
import { takeOutput } from './prune.ts';
import { refuseSave } from './saving.ts';
import { type CommandResult, withSession } from './session.ts';

/** `refrain baseline`: the probe on the whole train set, or with a loaded head. With --output the results are written there. */
export async function baseline(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  return withSession(given, signal, async (session) => {
    const { settings } = session;
    refuseSave(session, ['predictions'], { folder: settings.output !== undefined });
    await takeOutput(session, { isNew: false });
    await checkLoadedHead(session);
    const random = seededRandom(settings.seed);
    const embedded = await embedDataset(await audioMeans(session), ['train', 'valid', 'test']);
    const space = await trainSpace(embedded.train, settings, random.fork('reliability'));
    const everything = Uint32Array.from(space.ids, (_, i) => i);
    const results = await compareSets(session, { ...embedded, space }, everything, ['whole'], random);
    const folder =
      settings.output === undefined
        ? undefined
        : await makeFolder(settings.output, (draft) => writeResults(session, draft, results, embedded));
    return {
      text: [comparisonTable(results), comparisonNote(results), ...(folder === undefined ? [] : ['', folder])].join(
        '\n',
      ),
      folder,
      bad: embedded.bad,
      json: { sets: results.map(({ name, clips, metrics }) => ({ set: name, clips, metrics })) },
    };
  });
}
