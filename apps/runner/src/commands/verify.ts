import { resolve } from 'node:path';
import { counted, defined } from '@refrain/core';
import { type FolderCheck, verifyIn } from '@refrain/pipeline';
import type { RawValues } from '../settings/given.ts';
import { checked } from '../settings/options.ts';
import { readSettings } from '../settings/settings.ts';
import { terminalHost } from '../terminal/host.ts';
import { namedFolder } from './folderSettings.ts';
import type { CommandResult } from './session.ts';

/** So many ids of clips are listed; --json gives all. */
const LISTED = 10;

/**
 * `refrain verify DIR`: recomputes the certificate of a pruned dataset folder, then prunes again from the folder alone and compares; status 1
 * when anything does not hold. With `--again off` only the certificate, which needs little memory. `--jitter` is how far embeddings move in the draws
 * that tell which clips' being kept hangs on their last digits.
 */
export async function verify(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const [path, { again, jitter, ...rest }] = namedFolder(given);
  const how = { again: checked('again', again), jitter: checked('jitter', jitter) };
  const host = terminalHost(await readSettings(rest), process.stderr, signal);
  const folder = resolve(path);
  const { failure, skipped, stability, ...counts } = await verifyIn(folder, how, host);
  if (failure !== undefined)
    return { text: `does not hold: ${failure}`, folder, json: { holds: false, failure, ...counts }, status: 1 };
  const certified = `holds: ${counts.kept} of ${counts.clips} clips kept, and each of the ${counts.removed} removed has a kept partner as claimed`;
  return {
    text: [
      certified,
      ...(how.again ? [repeatedText(skipped)] : []),
      ...(stability === undefined ? [] : [stabilityText(stability)]),
      ...scopeText(counts.uncovered),
    ].join('\n'),
    folder,
    json: {
      ...{ holds: true, ...counts },
      ...defined({ repeated: how.again ? skipped === undefined : undefined, skipped, stability }),
    },
  };
}

function repeatedText(skipped: string | undefined): string {
  return skipped === undefined
    ? 'pruned again from the folder alone, with the options it names: the same clips stay, for the same reasons'
    : `not pruned again: ${skipped}`;
}

function stabilityText({ changed, draws, jitter }: NonNullable<FolderCheck['stability']>): string {
  const noise = `in ${draws} random changes of up to ${jitter.toExponential()} in the embeddings`;
  if (changed.length === 0) return `${noise} the same clips stay: a sample, not a proof`;
  return `${noise} ${counted(changed.length)} stay or go otherwise, and others may in further ones: ${listed(changed)}`;
}

/** What holding does not mean. */
function scopeText(uncovered: readonly string[]): string[] {
  return [
    ...(uncovered.length === 0 ? [] : [`not checked: ${listed(uncovered)}`]),
    'this proves that the folder agrees with itself, not where it comes from: whoever writes all of its files can make them agree',
  ];
}

function listed(ids: readonly string[]): string {
  return `${ids.slice(0, LISTED).join(', ')}${ids.length > LISTED ? ', …' : ''}`;
}
