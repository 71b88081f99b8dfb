import { join, resolve } from 'node:path';
import { defined } from '@refrain/core';
import {
  type PrunedSource,
  type PruneOutcome,
  projectClips,
  type Stopwatch,
  scoreIn,
  sweepTable,
  withPictures,
} from '@refrain/pipeline';
import {
  type FolderContent,
  NoTemplateError,
  PAGE,
  type PageData,
  pruningPage,
  readFolder,
  writePage,
} from '@refrain/pruned-dataset';
import { table } from '../terminal/table.ts';
import { foundClips } from './report.ts';
import type { Session } from './session.ts';

/** The content of a folder with what only its page needs, where `report` is on: the map, what other values of options would keep, the command line. */
export async function withPageFiles(
  { settings, assembly, host }: Session,
  pruned: PrunedSource,
  content: FolderContent,
  watch: Stopwatch,
  command: string,
): Promise<FolderContent> {
  if (!settings.report) return content;
  const kernel = await assembly.get('kernel');
  const projection = await watch.time('map', () => projectClips(content.embeddings, kernel, host));
  const sweep = await watch.time('sweep', async () => sweepTable(pruned));
  return { ...content, command, ...defined({ projection, sweep }) };
}

/** Leaves the page of a folder that is being made in `draft`, where `report` is on, and gives the name it will have. */
export async function leavePage(
  { settings, host }: Pick<Session, 'settings' | 'host'>,
  draft: string,
  target: string,
  page: (place: string) => Promise<PageData>,
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

/** What the page of a pruned dataset folder in `draft` shows; with pictures of the sound where the run has `read` the audio. */
export async function draftPage(session: Session, draft: string, place: string, read: boolean): Promise<PageData> {
  const folder = await readFolder(draft);
  const page = await pruningPage(folder, { place });
  return read ? withPictures(page, await foundClips(session, folder), session.host) : page;
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
