import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Random, seededRandom } from '@refrain/core';
import type { PruningPage } from '@refrain/pruned-dataset';

const CLUSTERS = 60;
const LABELS = 50;
const KEPT_OF_TRACK = 3;

/**
 * The page of a run on the 25,863 clips of MagnaTagATune with the names of its index, `mtt/pons2017/index_mtt.tsv` in `data`; all else is made by
 * chance: of each track three clips stay, and the others go for the first of them.
 */
export async function bigPage(data: string, seed: number): Promise<PruningPage> {
  const random = seededRandom(seed);
  const index = await readFile(join(data, 'mtt', 'pons2017', 'index_mtt.tsv'), 'utf8');
  const rows = index.split('\n').flatMap((line) => (line === '' ? [] : [line.split('\t') as [string, string]]));
  const trackOf = rows.map(([, path]) => path.replace(/-\d+-\d+\.mp3$/, ''));
  const trackNames = [...new Set(trackOf)].sort();
  const numberOf = new Map(trackNames.map((name, number) => [name, number]));
  const track = trackOf.map((name) => numberOf.get(name)!);
  const removals = removalsOf(track, random);
  const kept = rows.length - removals.clip.length;
  const cluster = track.map((number) => (number % 10 === 0 ? -1 : number % CLUSTERS));
  return {
    ...{ format: 1, kind: 'pruning', name: 'magnatagatune', settings: { t: 1 }, versions: {}, files: {} },
    ...{ encoderFingerprint: null, timings: { embed: 1000, cluster: 60, prune: 10 } },
    rule: { kind: 's-norm', tau: 4 } as PruningPage['rule'],
    sizes: { original: rows.length, kept, silent: 0, short: 0, bad: 0 },
    clips: {
      id: rows.map(([id]) => id),
      path: rows.map(([, path]) => path),
      folder: 'audio/',
      start: rows.map(() => null),
      seconds: rows.map(() => 29.124),
      cluster,
      group: track.map((number, place) => (removals.clip.includes(place) ? number : -1)),
      labels: rows.map(() => [...new Set([0, 1, 2].map(() => random.integer(LABELS)))].sort((a, b) => a - b)),
      labelNames: Array.from({ length: LABELS }, (_, label) => `tag ${label}`),
      ...{ track, trackNames },
      reliability: rows.map(() => digits(0.9 + 0.1 * random.uniform())),
      projection: projectionOf(cluster, track, random),
    },
    removals,
    clusters: [...new Set(cluster)].map((label) => ({
      ...{ label, original: cluster.filter((one) => one === label).length, groups: 20, jsdBefore: 0.2, jsdAfter: 0.01 },
      kept: Math.round(cluster.filter((one) => one === label).length / 2),
    })),
    similarities: { bins: 64, removed: Array.from({ length: 64 }, (_, bin) => bin * bin) },
    audio: { from: 'relative', base: '../audio/', pictures: picturesOf(removals, random) },
  };
}

const digits = (value: number) => Number(value.toFixed(4));

function removalsOf(track: readonly number[], random: Random): PruningPage['removals'] {
  const clipsOf = new Map<number, number[]>();
  for (const [place, number] of track.entries()) clipsOf.set(number, [...(clipsOf.get(number) ?? []), place]);
  const pairs = [...clipsOf.values()].flatMap((clips) =>
    clips
      .slice(KEPT_OF_TRACK)
      .map((clip) => ({ clip, partner: clips[0]!, similarity: digits(0.8 + 0.2 * random.uniform()) })),
  );
  pairs.sort((a, b) => b.similarity - a.similarity);
  return {
    clip: pairs.map(({ clip }) => clip),
    partner: pairs.map(({ partner }) => partner),
    level: pairs.map(() => 'redundant'),
    similarity: pairs.map(({ similarity }) => similarity),
    theta: pairs.map(() => 0.8),
    z: pairs.map(() => digits(4 + 4 * random.uniform())),
  };
}

/** As many pictures, each of as many bytes, as `report` puts into a page. */
function picturesOf({ clip }: PruningPage['removals'], random: Random): NonNullable<PruningPage['audio']['pictures']> {
  const bytes = (count: number) =>
    Buffer.from(Uint8Array.from({ length: count }, () => random.integer(256))).toString('base64');
  const picture = () => ({ peaks: bytes(400), spectrogram: bytes(64 * 160), bands: 64 });
  return Object.fromEntries(clip.slice(-300).map((place) => [place, picture()]));
}

/** Tracks are tight in wider clusters. */
function projectionOf(cluster: readonly number[], track: readonly number[], random: Random): number[] {
  const place = (kind: string, number: number) => {
    const { uniform } = random.fork(`${kind} ${number}`);
    return [uniform(), uniform()] as const;
  };
  return track.flatMap((number, at) => {
    const [centre, offset] = [place('cluster', cluster[at]!), place('track', number)];
    return [0, 1].map((axis) => digits(0.05 + 0.75 * centre[axis]! + 0.12 * offset[axis]! + 0.01 * random.uniform()));
  });
}
