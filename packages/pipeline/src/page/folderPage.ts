import { join } from 'node:path';
import { type Host, type Matrix, takeRows, writeNpyRows } from '@refrain/core';
import {
  FILES,
  type PageMeans,
  type PrunedFolder,
  type PruningPage,
  pruningPage,
  readEmbeddings,
} from '@refrain/pruned-dataset';
import { assemble } from '../assembly/assemble.ts';
import { loadPlugins } from '../assembly/loadPlugins.ts';
import { projectClips } from './projection.ts';

/**
 * What the page of a sound folder shows. Where the folder has no map yet, as one of before there was a page, it gets one: a file of its own, for which
 * none that has a hash is changed.
 */
export async function folderPage(folder: PrunedFolder, host: Host, means: PageMeans = {}): Promise<PruningPage> {
  const page = await pruningPage(folder, means);
  if (page.clips.projection !== undefined) return page;
  const map = await mapOf(folder, host);
  if (map === undefined) return page;
  await writeNpyRows(join(folder.path, FILES.projection), 2, [map]);
  return pruningPage(folder, means);
}

/** The map of the clips, in the order of the folder; the same that a run makes, which has the clips by their ids. */
async function mapOf(folder: PrunedFolder, host: Host): Promise<Matrix | undefined> {
  const { clips } = folder;
  const embeddings = await readEmbeddings(folder);
  const byId = Uint32Array.from(clips.keys()).sort((a, b) => (clips[a]!.id < clips[b]!.id ? -1 : 1));
  const assembly = assemble(await loadPlugins([], '.'), { kernel: { use: 'cpu', options: {} } }, { host });
  try {
    const map = await projectClips(takeRows(embeddings, byId), await assembly.get('kernel'), host);
    const rowOf = new Uint32Array(byId.length);
    for (const [row, place] of byId.entries()) rowOf[place] = row;
    return map && takeRows(map, rowOf);
  } finally {
    await assembly.close();
  }
}
