import { ConfigError } from '@refrain/core';
import { EXPORT_FORMS, type ExportForm, WRITERS } from '../folder/exports.ts';
import { type PrunedFolder, readSoundFolder } from '../folder/read.ts';
import { makeFolder } from '../folder/write.ts';
import type { RawValues } from '../settings/given.ts';
import { datasetOf } from '../stages/source.ts';
import { settingsOf } from './folderSettings.ts';
import { type CommandResult, withSession } from './session.ts';

/** `refrain export DIR`: the kept clips of a pruned dataset folder in a form that training code reads. */
export async function exportFolder(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const { 'pruned-dataset-path': path, form = 'list', output, ...rest } = given;
  const folder = await readSoundFolder(String(path));
  const settings = settingsOf(folder, 'pruned-dataset-path');
  if (!isForm(form))
    throw new ConfigError('form', `--form ${String(form)}: expected one of ${EXPORT_FORMS.join(', ')}.`);
  if (typeof output !== 'string')
    throw new ConfigError('output', '--output DIR is missing: the folder to write, which must not exist yet.');
  return withSession(
    rest,
    signal,
    async (session) => {
      await session.places.takeNew(output);
      // Its own files only name the audio.
      const trusted = { ...session.settings, outsideAudio: session.settings.outsideAudio || form === 'native' };
      const set = {
        ...divided(folder),
        notice: session.host.notice,
        dataset: () => datasetOf(session.assembly, trusted),
      };
      const written = await makeFolder(output, (draft, target) => WRITERS[form](draft, set, target));
      return {
        text: `${set.kept.length} kept clips, ${set.removed.length} left out\n${written}`,
        folder: written,
        json: { form, kept: set.kept.length, removed: set.removed.length },
      };
    },
    settings,
  );
}

function divided({ clips, keep }: PrunedFolder) {
  const kept = new Set(keep);
  return {
    kept: clips.filter((_, i) => kept.has(i)),
    removed: clips.filter((_, i) => !kept.has(i)),
  };
}

function isForm(name: unknown): name is ExportForm {
  return (EXPORT_FORMS as readonly unknown[]).includes(name);
}
