import { DataError } from '@refrain/core';
import { readContent } from '../manifest/content.ts';
import { readTable } from '../manifest/readTable.ts';
import { shown } from '../musicnn/annotations.ts';

/**
 * The artists of a table with the columns `clip` and `artist`, by clip id; clips without an artist are left out. `clipId` gives the id in a
 * name, or undefined. Throws a DataError that names the line of a name that is no clip, or stands there twice.
 */
export async function readArtists(
  source: string,
  clipId: (name: string) => string | undefined,
): Promise<Map<string, string>> {
  const table = await readTable(await readContent(source), source, (name) => name === 'clip' || name === 'artist');
  const [names, artists] = [table.values.get('clip'), table.values.get('artist')];
  if (names === undefined || artists === undefined) {
    throw new DataError(source, `${source}: expected a table with the columns clip and artist.`);
  }
  const found = new Map<string, string>();
  const seen = new Set<string>();
  for (const [row, name] of names.entries()) {
    const id = clipId(String(name));
    const problem = id === undefined ? 'is no clip of GTZAN' : seen.has(id) ? 'stands there twice' : undefined;
    if (id === undefined || problem !== undefined) {
      throw new DataError(source, `${source}, ${table.where(row)}: ${shown(String(name))} ${problem}.`);
    }
    seen.add(id);
    const artist = String(artists[row] ?? '');
    if (artist !== '') found.set(id, artist);
  }
  return found;
}
