import { ConfigError } from '@refrain/core';
import { readFolder } from '../folder/read.ts';
import { verifyFolder } from '../folder/verify.ts';
import { type RawValues, readSettings } from '../settings/settings.ts';
import { terminalHost } from '../terminal/host.ts';
import { checkChoice } from './checkChoice.ts';
import { settingsOf } from './folderSettings.ts';
import type { CommandResult } from './session.ts';

/**
 * `refrain verify DIR`: recomputes the certificate of a pruned dataset folder, then prunes again from the folder alone and compares; status 1
 * when anything does not hold. With `--again off` only the certificate, which needs little memory.
 */
export async function verify(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const { 'pruned-dataset-path': path, again = 'on', ...rest } = given;
  if (again !== 'on' && again !== 'off')
    throw new ConfigError('again', `--again ${String(again)}: expected on or off.`);
  const { failure: lie, ...counts } = await verifyFolder(String(path));
  if (lie !== undefined) return refuted(lie, counts);
  const certified = `holds: ${counts.kept} of ${counts.clips} clips kept, and each of the ${counts.removed} removed has a kept partner as claimed`;
  if (again === 'off') return { text: certified, json: { holds: true, ...counts } };
  const folder = await readFolder(String(path));
  const { plugin: _, ...base } = settingsOf(folder, 'pruned-dataset-path');
  const settings = await readSettings(rest, base);
  // What the strategy has to say it said when the folder was made.
  const host = { ...terminalHost(settings, process.stderr, signal), notice: () => {} };
  const { failure, skipped } = await checkChoice(folder, settings, host);
  if (failure !== undefined) return refuted(failure, counts);
  const repeated =
    skipped === undefined ? 'pruned again from the folder alone, the same clips stay' : `not pruned again: ${skipped}`;
  return {
    text: `${certified}; ${repeated}`,
    json: { holds: true, ...counts, ...(skipped === undefined ? { repeated: true } : { repeated: false, skipped }) },
  };
}

function refuted(failure: string, counts: object): CommandResult {
  return { text: `does not hold: ${failure}`, json: { holds: false, failure, ...counts }, status: 1 };
}
