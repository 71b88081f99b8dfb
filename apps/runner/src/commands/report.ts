import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ConfigError, messageOf, RefrainError } from '@refrain/core';
import {
  comparisonPage,
  comparisonsIn,
  decisionsIn,
  embeddedAudio,
  folderPage,
  NO_AUDIO,
  type PageClips,
  pageClips,
  servePage,
  withPictures,
} from '@refrain/pipeline';
import {
  FILES,
  fillPage,
  type PageAudio,
  type PageData,
  type PrunedDataset,
  type PruningPage,
  pageTemplate,
  readPrunedDataset,
  writePage,
} from '@refrain/pruned-dataset';
import { spelling } from '../settings/flags.ts';
import type { RawValues } from '../settings/given.ts';
import { namedFolder, settingsOf } from './folderSettings.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

/** What opens a file or an address as its user would, by platform. */
const OPENERS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'open', win32: 'explorer.exe' };

/**
 * `refrain report DIR`: writes the page of a pruned dataset folder anew, or serves it until it is interrupted; or writes that of a comparison. With `--open`
 * it is shown.
 */
export async function report(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  const [path, rest] = namedFolder(given);
  const reports = await comparisonsIn(resolve(path));
  if (reports !== undefined)
    return withSession(rest, signal, (session) => {
      refuseAudio(session);
      return written(resolve(path), comparisonPage(reports), session);
    });
  const folder = await readPrunedDataset(resolve(path));
  const work = async (session: Session) => {
    const { serve, port, embedAudio } = session.settings;
    if (port !== undefined && !serve)
      throw new ConfigError('port', '--port says where --serve listens; --serve is missing.');
    if (serve && embedAudio)
      throw new ConfigError('embedAudio', '--embed-audio is for a page without a server; leave out it or --serve.');
    const clips = await foundClips(session, folder);
    const page = await withPictures(await folderPage(folder, session.host), clips, session.host);
    const { pictures } = page.audio;
    const heard = (audio: PageAudio) => ({ ...page, audio: { ...audio, ...(pictures && { pictures }) } });
    if (serve) return served(heard({ from: clips ? 'served' : 'none' }), { folder, clips }, session);
    const embedded = embedAudio && clips ? await embeddedAudio(clips, session.host) : undefined;
    return written(folder.path, embedded ? heard({ from: 'embedded', embedded }) : page, session);
  };
  return withSession(rest, signal, work, settingsOf(folder, 'pruned-dataset-path'));
}

/** Throws a ConfigError for what the page of a comparison has no use for. */
function refuseAudio({ settings: { serve, port, embedAudio } }: Session): void {
  const asked = serve ? 'serve' : embedAudio ? 'embedAudio' : port === undefined ? undefined : 'port';
  if (asked === undefined) return;
  throw new ConfigError(
    asked,
    `${spelling(asked)}: the page of a comparison has no clips to hear; leave it out and open report.html, or give the folder of a pruning.`,
  );
}

/** The clips of the folder in its dataset. A page does without them where the dataset cannot be opened, unless audio is to be put into it. */
export async function foundClips(
  session: Session,
  { clips }: Pick<PrunedDataset, 'clips'>,
): Promise<PageClips | undefined> {
  const { settings, host } = session;
  const instead = 'Name the dataset with --dataset.dir DIR where it has moved.';
  try {
    const found = await pageClips(session, clips);
    if (found === undefined && settings.embedAudio)
      throw new ConfigError('embedAudio', `--embed-audio: there is no audio of these clips. ${instead}`);
    return found;
  } catch (error) {
    if (settings.embedAudio || !(error instanceof RefrainError)) throw error;
    host.notice(`The page has no sound of its clips: ${messageOf(error)} ${instead}`);
    return undefined;
  }
}

async function written(folder: string, data: PageData, { settings, host }: Session): Promise<CommandResult> {
  const page = await writePage(folder, data);
  if (settings.open) show(page, host.notice);
  return { text: page, folder, json: { page } };
}

/** Serves a page until the user interrupts it. Its address is printed at once. */
async function served(
  data: PruningPage,
  { folder, clips }: { readonly folder: PrunedDataset; readonly clips: PageClips | undefined },
  { settings, host }: Session,
): Promise<CommandResult> {
  const ids = folder.clips.map(({ id }) => id);
  const page = {
    html: fillPage(await pageTemplate(), data, { served: true }),
    audio: clips?.sources ?? NO_AUDIO,
    decisions: decisionsIn(folder.path, ids),
    port: settings.port ?? 0,
  };
  const { url, ended } = await servePage(page, host.signal);
  process.stdout.write(`${settings.json ? JSON.stringify({ url }) : `${url}\nCtrl-C ends it.`}\n`);
  if (settings.open) show(url, host.notice);
  await ended;
  const decisions = join(folder.path, FILES.decisions);
  const isThere = existsSync(decisions);
  return {
    text: isThere ? `\ndecisions: ${decisions}\nprune again by them: --overrides ${decisions}` : '',
    folder: folder.path,
    json: { url, decisions: isThere ? decisions : null },
  };
}

/** Opens a file or an address with the platform's own program for it; without a shell, so that its name is nothing but a name. */
function show(target: string, notice: (message: string) => void): void {
  const opener = OPENERS[process.platform] ?? 'xdg-open';
  const child = spawn(opener, [target], { detached: true, stdio: 'ignore' });
  child.on('error', () => notice(`${opener} is missing, which would open ${target}: open it in a browser.`));
  child.unref();
}
