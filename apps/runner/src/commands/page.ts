import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { type PrunedSource, type PruneOutcome, scoreIn } from '@refrain/pipeline';
import {
  NoTemplateError,
  PAGE,
  type PageData,
  pruningPage,
  readFolder,
  readPrunedDataset,
  writePage,
} from '@refrain/pruned-dataset';
import type { RawValues } from '../settings/given.ts';
import { checked } from '../settings/options.ts';
import { readSettings } from '../settings/settings.ts';
import { terminalHost } from '../terminal/host.ts';
import { table } from '../terminal/table.ts';
import { namedFolder } from './folderSettings.ts';
import type { CommandResult, Session } from './session.ts';

/** What opens a file as its user would, by platform. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer.exe' };

/** `refrain report DIR`: writes the page of a pruned dataset folder anew. With `--open` it is shown. */
export async function report(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const [path, { open, ...rest }] = namedFolder(given);
  const opens = checked('open', open);
  const host = terminalHost(await readSettings(rest), process.stderr, signal);
  const folder = resolve(path);
  const page = await writePage(folder, await pruningPage(await readPrunedDataset(folder)));
  if (opens) openFile(page, host.notice);
  return { text: page, folder, json: { page } };
}

/** Leaves the page of a folder that is being made in `draft`, where `report` is on, and gives the name it will have. */
export async function leavePage(
  { settings, host }: Pick<Session, 'settings' | 'host'>,
  draft: string,
  target: string,
  page: (place: string) => Promise<PageData> = async (place) => pruningPage(await readFolder(draft), { place }),
): Promise<string | undefined> {
  if (!settings.report) return undefined;
  try {
    await writePage(draft, await page(resolve(target)));
    return join(resolve(target), PAGE);
  } catch (error) {
    // What the run found is worth more than its picture.
    if (!(error instanceof NoTemplateError)) throw error;
    host.notice(`There is no page: ${error.message}`);
    return undefined;
  }
}

/** So many removals are named from either end. */
const NAMED = 3;

/** The removed clips most and least like the kept ones that stand for them, by name. */
export function namedRemovals({ source, outcome }: PrunedSource): string[] {
  const nameOf = (index: number) => source.clips[index]!.id;
  const sorted = [...outcome.removed].sort((a, b) => b.similarity - a.similarity || a.index - b.index);
  const named = sorted.length <= 2 * NAMED ? sorted : [...sorted.slice(0, NAMED), ...sorted.slice(-NAMED)];
  if (named.length === 0) return [];
  const rows = named.map((removal) => [
    ...[nameOf(removal.index), nameOf(removal.partner), removal.level],
    ...[removal.similarity.toFixed(3), scoreText(outcome, removal)],
  ]);
  return [
    sorted.length > named.length
      ? `the ${NAMED} most and the ${NAMED} least similar of the removed clips:`
      : 'the removed clips:',
    table(['removed', 'kept for it', 'as', 'cosine', 'z'], rows, [0, 1, 2]),
  ];
}

function scoreText(outcome: PruneOutcome, removal: PruneOutcome['removed'][number]): string {
  return scoreIn(outcome, removal)?.toFixed(2) ?? '';
}

/** Opens a file with the platform's own program for it; without a shell, so that its name is nothing but a name. */
function openFile(path: string, notice: (message: string) => void): void {
  const opener = OPENERS[process.platform] ?? 'xdg-open';
  const child = spawn(opener, [path], { detached: true, stdio: 'ignore' });
  child.on('error', () => notice(`${opener} is missing, which would open ${path}: open it in a browser.`));
  child.unref();
}
