import { resolve } from 'node:path';
import { ConfigError } from '@refrain/core';
import { type EvaluatedDataset, evaluateDataset, isWithoutDataset, setNotes, writeResults } from '@refrain/pipeline';
import { FILES, makeFolder, readPrunedDataset } from '@refrain/pruned-dataset';
import type { RawValues } from '../settings/given.ts';
import { comparisonTable, setsJson } from './comparison.ts';
import { namedFolder, settingsOf } from './folderSettings.ts';
import { refuseSave, takeOutput } from './output.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

/** `refrain baseline`: the probe on the whole train set, or with a loaded head. With --output the results are written there. */
export async function baseline(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  return withSession(given, signal, async (session) => {
    const { output } = session.settings;
    refuseSave(session, ['predictions'], { folder: output !== undefined });
    await takeOutput(session, { isNew: false });
    const found = await evaluateDataset(session);
    const write = (draft: string) => writeResults(session, draft, found.results, found.embedded);
    return resultOf(found, output === undefined ? undefined : await makeFolder(output, write));
  });
}

/** `refrain evaluate`: trains the probe on the kept clips of a pruned dataset folder, or loads its head, and tests it on the untouched test split. */
export async function evaluate(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const [path, rest] = namedFolder(given);
  const folder = await readPrunedDataset(path);
  const work = async (session: Session) => {
    const { settings, places } = session;
    refuseSave(session, ['predictions']);
    if (isWithoutDataset(settings))
      throw new ConfigError(
        'prunedDatasetPath',
        `${path} was made from own embeddings, without labels and splits: there is nothing to evaluate. Give their \`dataset\`.`,
      );
    const written = resolve(path, FILES.evaluation);
    await places.take(written, 'prunedDatasetPath');
    await places.try(written, 'prunedDatasetPath');
    await places.make(settings.cacheDir, 'cacheDir');
    const found = await evaluateDataset(session, folder);
    await writeResults(session, written, found.results, found.embedded);
    return resultOf(found, written);
  };
  return withSession(rest, signal, work, settingsOf(folder, 'pruned-dataset-path'));
}

function resultOf({ results, embedded }: EvaluatedDataset, folder: string | undefined): CommandResult {
  const lines = [comparisonTable(results), ...setNotes(results), ...(folder === undefined ? [] : ['', folder])];
  return { text: lines.join('\n'), folder, bad: embedded.bad, json: setsJson(results) };
}
