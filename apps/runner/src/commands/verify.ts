import { resolve } from 'node:path';
import { counted } from '@refrain/core';
import { type ChoiceCheck, checkChoice } from '@refrain/pipeline';
import { readFolder, verifyFolder } from '@refrain/pruned-dataset';
import type { RawValues } from '../settings/given.ts';
import { checked } from '../settings/options.ts';
import { readSettings } from '../settings/settings.ts';
import { terminalHost } from '../terminal/host.ts';
import { namedFolder, settingsOf } from './folderSettings.ts';
import type { CommandResult } from './session.ts';

/** So many ids of clips are listed; --json gives all. */
const LISTED = 10;

/**
 * `refrain verify DIR`: recomputes the certificate of a pruned dataset folder, then prunes again from the folder alone and compares; status 1
 * when anything does not hold. With `--again off` only the certificate, which needs little memory. `--jitter` is how far embeddings move in the draws
 * that tell which clips' being kept hangs on their last digits.
 */
export async function verify(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const [path, { again: asked, jitter: noise, ...rest }] = namedFolder(given);
  const [again, jitter] = [checked('again', asked), checked('jitter', noise)];
  const folder = await readFolder(resolve(path));
  const { failure: lie, ...counts } = await verifyFolder(folder, signal);
  if (lie !== undefined) return refuted(folder.path, lie, counts);
  const certified = `holds: ${counts.kept} of ${counts.clips} clips kept, and each of the ${counts.removed} removed has a kept partner as claimed`;
  if (!again) {
    const text = [certified, ...scopeText(counts.uncovered)].join('\n');
    return { text, folder: folder.path, json: { holds: true, ...counts } };
  }
  const settings = await readSettings(rest, settingsOf(folder, 'pruned-dataset-path').values);
  // What the strategy has to say it said when the folder was made.
  const host = { ...terminalHost(settings, process.stderr, signal), notice: () => {} };
  const check = await checkChoice(folder, settings, { jitter }, host);
  if (check.failure !== undefined) return refuted(folder.path, check.failure, counts);
  const { skipped, stability } = check;
  return {
    text: [
      certified,
      repeatedText(check),
      ...(stability === undefined ? [] : [stabilityText(stability)]),
      ...scopeText(counts.uncovered),
    ].join('\n'),
    folder: folder.path,
    json: {
      holds: true,
      ...counts,
      repeated: skipped === undefined,
      ...(skipped === undefined ? {} : { skipped }),
      ...(stability === undefined ? {} : { stability }),
    },
  };
}

function repeatedText({ skipped }: ChoiceCheck): string {
  return skipped === undefined
    ? 'pruned again from the folder alone, with the options it names: the same clips stay, for the same reasons'
    : `not pruned again: ${skipped}`;
}

function stabilityText({ changed, draws, jitter }: NonNullable<ChoiceCheck['stability']>): string {
  const noise = `in ${draws} random changes of up to ${jitter.toExponential()} in the embeddings`;
  if (changed.length === 0) return `${noise} the same clips stay: a sample, not a proof`;
  const listed = `${changed.slice(0, LISTED).join(', ')}${changed.length > LISTED ? ', …' : ''}`;
  return `${noise} ${counted(changed.length)} stay or go otherwise, and others may in further ones: ${listed}`;
}

/** What holding does not mean. */
function scopeText(uncovered: readonly string[]): string[] {
  const names = `${uncovered.slice(0, LISTED).join(', ')}${uncovered.length > LISTED ? ', …' : ''}`;
  return [
    ...(uncovered.length === 0 ? [] : [`not checked: ${names}`]),
    'this proves that the folder agrees with itself, not where it comes from: whoever writes all of its files can make them agree',
  ];
}

function refuted(folder: string, failure: string, counts: object): CommandResult {
  return { text: `does not hold: ${failure}`, folder, json: { holds: false, failure, ...counts }, status: 1 };
}
