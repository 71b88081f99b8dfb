import { resolve } from 'node:path';
import { ConfigError, seededRandom } from '@refrain/core';
import {
  audioMeans,
  checkLoadedHead,
  compareSets,
  datasetOf,
  embedDataset,
  isWithoutDataset,
  keptOfFolder,
  refuseOtherClips,
  trainSpace,
  writeResults,
} from '@refrain/pipeline';
import { FILES, readPrunedDataset } from '@refrain/pruned-dataset';
import type { RawValues } from '../settings/given.ts';
import { comparisonNote, comparisonTable } from './comparison.ts';
import { namedFolder, settingsOf } from './folderSettings.ts';
import { refuseSave } from './saving.ts';
import { type CommandResult, withSession } from './session.ts';

/** `refrain evaluate`: trains the probe on the kept clips of a pruned dataset folder, or loads its head, and tests it on the untouched test split. */
export async function evaluate(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const [path, rest] = namedFolder(given);
  const folder = await readPrunedDataset(path);
  const base = settingsOf(folder, 'pruned-dataset-path');
  return withSession(
    rest,
    signal,
    async (session) => {
      const { settings, assembly } = session;
      refuseSave(session, ['predictions']);
      if (isWithoutDataset(settings))
        throw new ConfigError(
          'prunedDatasetPath',
          `${path} was made from own embeddings, without labels and splits: there is nothing to evaluate. Give their \`dataset\`.`,
        );
      await checkLoadedHead(session);
      const written = resolve(path, FILES.evaluation);
      await session.places.take(written, 'prunedDatasetPath');
      await session.places.try(written, 'prunedDatasetPath');
      await session.places.make(settings.cacheDir, 'cacheDir');
      refuseOtherClips(folder, (await datasetOf(assembly, settings)).clips);
      const random = seededRandom(settings.seed);
      const embedded = await embedDataset(await audioMeans(session), ['train', 'valid', 'test']);
      if (folder.metadata.encoder_fingerprint !== embedded.fingerprint) {
        throw new ConfigError(
          'encoder',
          `${path} was made with another encoder or other options of it; give the same ones.`,
        );
      }
      const space = await trainSpace(embedded.train, settings, random.fork('reliability'));
      const results = await compareSets(
        session,
        { ...embedded, space },
        keptOfFolder(folder, space.ids),
        ['pruned'],
        random,
      );
      await writeResults(session, written, results, embedded);
      return {
        text: [comparisonTable(results), comparisonNote(results), '', written].join('\n'),
        folder: written,
        bad: embedded.bad,
        json: { sets: results.map(({ name, clips, metrics }) => ({ set: name, clips, metrics })) },
      };
    },
    base,
  );
}
