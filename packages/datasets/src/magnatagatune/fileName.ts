import type { ClipGroups } from '@refrain/core';

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
