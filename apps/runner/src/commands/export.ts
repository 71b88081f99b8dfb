import { ConfigError } from '@refrain/core';
import { allowedKinds, datasetOf, isWithoutDataset, leakingFromTrain, leaksIn } from '@refrain/pipeline';
import { readPrunedDataset, writeExport } from '@refrain/pruned-dataset';
import { isGiven, omit, type RawValues } from '../settings/given.ts';
import { checked } from '../settings/options.ts';
import { type FolderWord, namedFolder, settingsOf } from './folderSettings.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

/** Options that say what a leak is. How the folder was pruned does not. */
const OF_LEAKS = ['threshold', 'fingerprints', 'allow', 'metadata-only'];

/**
 * `refrain export DIR`: the kept clips of a pruned dataset folder in a form that training code reads; with --without-leaks, without those that
 * share something with its dataset's valid or test split.
 */
export async function exportFolder(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const [path, { form: asked, output, ...rest }] = namedFolder(given);
  const folder = await readPrunedDataset(path);
  const settings = withoutOwnLeaks(settingsOf(folder, 'pruned-dataset-path'));
  const form = checked('form', asked);
  if (typeof output !== 'string')
    throw new ConfigError('output', '--output DIR is missing: the folder to write, which must not exist yet.');
  return withSession(
    rest,
    signal,
    async (session) => {
      refuseLoneOptions(rest, session);
      await session.places.takeNew(output);
      // Its own files only name the audio.
      const trusted = { ...session.settings, outsideAudio: session.settings.outsideAudio || form === 'native' };
      const leaking = session.settings.withoutLeaks ? await leakingIds(session) : undefined;
      const exported = await writeExport(folder, form, output, {
        dataset: () => datasetOf(session.assembly, trusted),
        notice: session.host.notice,
        ...(leaking && { leaking }),
      });
      const { folder: written, leaking: leaks } = exported;
      const counts = { kept: exported.kept.length, removed: exported.removed.length };
      const besides = leaks === undefined ? '' : `, and ${leaks.length} that leak into valid or test`;
      return {
        text: `${counts.kept} kept clips, ${counts.removed} left out${besides}\n${written}`,
        folder: written,
        json: { form, ...counts, ...(leaks && { leaking: leaks.map(({ id }) => id) }) },
      };
    },
    settings,
  );
}

/** The ids of all train clips of the dataset that share something with another split, of the kinds that --allow does not name. */
async function leakingIds(session: Session): Promise<ReadonlySet<string>> {
  const allowed = allowedKinds(session.settings.allow);
  await session.places.make(session.settings.cacheDir, 'cacheDir');
  const { leaks } = await leaksIn(session);
  return new Set(leakingFromTrain(leaks.filter(({ kind }) => !allowed.has(kind))));
}

function refuseLoneOptions(given: RawValues, { settings }: Session): void {
  if (settings.withoutLeaks && isWithoutDataset(settings))
    throw new ConfigError(
      'without-leaks',
      '--without-leaks: the folder was made from own embeddings, which know no valid and test split. `refrain leaks` needs the dataset.',
    );
  const lone = settings.withoutLeaks ? undefined : OF_LEAKS.find((name) => isGiven(given, name));
  if (lone !== undefined)
    throw new ConfigError(lone, `--${lone} says what a leak is; --without-leaks, which it belongs to, is missing.`);
}

/** What the folder says, without what it says of similarity: that was for pruning. */
function withoutOwnLeaks(word: FolderWord): FolderWord {
  const values = { ...word.values };
  for (const name of OF_LEAKS) omit(values, name);
  return { ...word, values };
}
