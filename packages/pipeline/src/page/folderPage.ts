import { join } from 'node:path';
import { type Host, type Matrix, type SimilarityKernel, takeRows, writeNpyRows } from '@refrain/core';
import { FILES, type PageMeans, type PrunedFolder, type PruningPage, pruningPage, readEmbeddings } from '@refrain/pruned-dataset';
import { projectClips } from './projection.ts';

/**
 * What the page of a sound folder shows. Where the folder has no map yet, as one of before there was a page, it gets one: a file of its own, for which
 * none that has a hash is changed.
 */
export async function folderPage(
  folder: PrunedFolder,
  kernel: SimilarityKernel,
  host: Host,
  means: PageMeans = {},
): Promise<PruningPage> {
  const page = await pruningPage(folder, means);
  if (page.clips.projection !== undefined) return page;
  const order = Uint32Array.from(folder.clips.keys()).sort((a, b) => (folder.clips[a]!.id < folder.clips[b]!.id ? -1 : 1));
  const map = await projectClips(takeRows(await readEmbeddings(folder), order), kernel, host);
  if (map === undefined) return page;
  await writeNpyRows(join(folder.path, FILES.projection), 2, [inPlaces(map, order)]);
  return pruningPage(folder, means);
}

/** Row i of `map` at `places[i]`. */
function inPlaces(map: Matrix, places: Uint32Array): Matrix {
  const back = new Uint32Array(places.length);
  for (const [row, place] of places.entries()) back[place] = row;
  return takeRows(map, back);
}
