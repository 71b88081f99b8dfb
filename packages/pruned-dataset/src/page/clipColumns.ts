import { sep } from 'node:path';
import type { PrunedFolder } from '../read.ts';
import type { ClipRecord } from '../schemas.ts';
import type { ClipColumns } from './pageData.ts';

/** Points of the plane: x and y of each clip by turns, in the order of clips.jsonl. */
export type Projection = Float32Array;

/** Digits of a coordinate, whose range is 0…1: finer than the pixels of a screen. */
const POINT_DIGITS = 4;

/** The columns of the clips of a folder. */
export function clipColumns({ clips, labels }: PrunedFolder, projection?: Projection): ClipColumns {
  const labelNames = numbered(clips.flatMap((clip) => clip.labels));
  const trackNames = numbered(clips.flatMap(({ groups }) => groups?.track ?? []));
  const folder = commonBegin(clips);
  const inPath = (path: string) => path.slice(folder.length).replaceAll(sep, '/');
  return {
    id: clips.map(({ id }) => id),
    path: clips.map(({ path }) => (path === undefined ? null : inPath(path))),
    folder,
    start: clips.map(({ piece }) => piece?.start ?? null),
    seconds: clips.map(({ seconds }) => (seconds === undefined ? null : rounded(seconds, 3))),
    cluster: labels,
    group: clips.map(({ group }) => group),
    labels: clips.map((clip) => clip.labels.map((name) => labelNames.get(name)!)),
    labelNames: [...labelNames.keys()],
    track: clips.map(({ groups }) => (groups?.track === undefined ? null : trackNames.get(groups.track)!)),
    trackNames: [...trackNames.keys()],
    reliability: clips.map(({ reliability }) =>
      reliability === undefined ? null : rounded(reliability, POINT_DIGITS),
    ),
    ...(projection && { projection: scaled(projection) }),
  };
}

/** The folder that all paths of clips lie in, as they were given, with what separates it from the rest. */
export function commonBegin(clips: readonly Pick<ClipRecord, 'path'>[]): string {
  const paths = clips.flatMap(({ path }) => path ?? []);
  let begin = paths[0]?.slice(0, lastSeparator(paths[0]) + 1) ?? '';
  for (const path of paths)
    while (!path.startsWith(begin)) begin = begin.slice(0, lastSeparator(begin.slice(0, -1)) + 1);
  return begin;
}

/** On Windows both slashes separate; elsewhere the other is a letter of a name. */
function lastSeparator(path: string): number {
  return Math.max(path.lastIndexOf('/'), path.lastIndexOf(sep));
}

/** A number for each name, by their order. */
function numbered(names: readonly string[]): Map<string, number> {
  return new Map([...new Set(names)].sort().map((name, place) => [name, place]));
}

/** The points in the unit square: both coordinates by one scale, so that distances keep their proportions. */
function scaled(points: Projection): number[] {
  const least = [Infinity, Infinity];
  const most = [-Infinity, -Infinity];
  for (const [i, value] of points.entries()) {
    least[i % 2] = Math.min(least[i % 2]!, value);
    most[i % 2] = Math.max(most[i % 2]!, value);
  }
  const width = Math.max(most[0]! - least[0]!, most[1]! - least[1]!) || 1;
  return Array.from(points, (value, i) => rounded((value - least[i % 2]!) / width, POINT_DIGITS));
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
