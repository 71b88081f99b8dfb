import type { ClipGroups } from '@refrain/core';

/** How a kept subset treats tracks; NaN where there is nothing to take a share of. */
export interface TrackCounts {
  readonly tracks: number;
  /** The share of tracks that still have a kept clip. */
  readonly trackCoverage: number;
  /** Of the removed clips with a known track, the share whose track still has a kept clip; NaN when none is removed. */
  readonly safeRemovalRate: number;
  /** Of the kept clips with a known track, the share that is a further clip of a track already there; NaN when none is kept. */
  readonly redundancyLeft: number;
}

/** What is left of the tracks when the clips with a 1 in `kept` stay; undefined when no clip has a known track. */
export function trackCounts(groups: readonly (ClipGroups | undefined)[], kept: Uint8Array): TrackCounts | undefined {
  const tracks = new Set<string>();
  const keptTracks = new Set<string>();
  let known = 0;
  let knownKept = 0;
  for (const [clip, group] of groups.entries()) {
    if (group?.track === undefined) continue;
    known++;
    tracks.add(group.track);
    if (kept[clip] === 0) continue;
    knownKept++;
    keptTracks.add(group.track);
  }
  if (known === 0) return undefined;
  const isSafe = (group: ClipGroups | undefined, clip: number) =>
    kept[clip] === 0 && group?.track !== undefined && keptTracks.has(group.track);
  return {
    tracks: tracks.size,
    trackCoverage: keptTracks.size / tracks.size,
    safeRemovalRate: groups.filter(isSafe).length / (known - knownKept),
    redundancyLeft: 1 - keptTracks.size / knownKept,
  };
}
