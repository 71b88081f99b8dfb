import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type ClipGroups, type Host, refusal } from '@refrain/core';
import { readContent } from '../manifest/content.ts';
import { readTable } from '../manifest/readTable.ts';

const INFO_FILE = 'clip_info_final.csv';
const COLUMNS = ['track_number', 'title', 'artist', 'album', 'mp3_path'] as const;

/**
 * Track, album and artist of the clips: from `clip_info_final.csv` of MagnaTagATune if it knows all of them, else from the file names. Both
 * are never mixed, since they write the same track differently. Throws a DataError for a table without the columns.
 */
export async function findGroups(
  root: string,
  paths: readonly string[],
  host: Pick<Host, 'notice'>,
): Promise<{ readonly groupsOf: (path: string) => ClipGroups | undefined; readonly file?: string }> {
  const source = join(root, INFO_FILE);
  if (!existsSync(source)) return { groupsOf: groupsOfFileName };
  const groups = await readGroups(source);
  const missing = paths.filter((path) => !groups.has(path));
  if (missing.length === 0) return { groupsOf: (path) => groups.get(path), file: INFO_FILE };
  host.notice(
    `magnatagatune: ${source} lacks ${missing.length} of ${paths.length} clips (${missing[0]} …), so tracks and artists come from the file names.`,
  );
  return { groupsOf: groupsOfFileName };
}

async function readGroups(source: string): Promise<Map<string, ClipGroups>> {
  const wanted = new Set<string>(COLUMNS);
  const table = await readTable(await readContent(source), source, (name) => wanted.has(name));
  const [numbers, titles, artists, albums, paths] = COLUMNS.map((name) => {
    const column = table.values.get(name);
    if (column !== undefined) return column.map(String);
    throw refusal(source, `its header has no column ${name}.`);
  }) as [string[], string[], string[], string[], string[]];
  const groups = new Map<string, ClipGroups>();
  for (const [row, path] of paths.entries()) {
    const [artist, album] = [artists[row]!, albums[row]!];
    // Clips that were never cut have no path. Titles repeat, "Intro" most of all: only all of it together names a track.
    if (path === '' || artist === '') continue;
    groups.set(path, {
      track: [artist, album, numbers[row], titles[row]].join(' / '),
      ...(album === '' ? {} : { album: `${artist} / ${album}` }),
      artist,
    });
  }
  return groups;
}

/**
 * Track, album and artist from a MagnaTagATune file name, `<artist>-<album>-<track number>-<title>-<start>-<end>.mp3`.
 * The track is the name without its excerpt; a name without `-<start>-<end>` belongs to no known track. Where album and track number are
 * missing, what stands first may be anything, often the label: then no artist is known.
 */
export function groupsOfFileName(path: string): ClipGroups | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const track = /^(.+)-\d+-\d+\.[^.]+$/.exec(name)?.[1];
  if (track === undefined) return undefined;
  const [, album, artist] = /^(([^-]+)-.+?)-\d\d-/.exec(track) ?? [];
  return album === undefined || artist === undefined ? { track } : { track, album, artist };
}
