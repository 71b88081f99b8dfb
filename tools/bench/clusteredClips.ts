import { type Matrix, type Random, rowOf, seededRandom, shuffled, zeros } from '@refrain/core';

/** What clustered clips are made of. */
export interface ClipsShape {
  readonly rows: number;
  /** Dimensions, at least 64. */
  readonly cols: number;
  readonly seed: number;
  /** Clips in the largest cluster. */
  readonly largest: number;
  /** The other clusters have 10 to this many clips, log-uniform. */
  readonly others: number;
}

/** Clips as they are after clustering. */
export interface ClusteredClips {
  /** rows × cols, rows of length 1. */
  readonly points: Matrix;
  /** Cluster of each clip, −1 for the fifth that is noise. */
  readonly labels: Int32Array;
  /** Set of copies of each clip, −1 for a clip without copies. */
  readonly duplicateSet: Int32Array;
  /** How alike each clip is to itself, 0.9 … 0.99. */
  readonly reliability: Float64Array;
}

const NOISE_SHARE = 0.2;
const SMALLEST_CLUSTER = 10;
/** Centres, tracks and passages differ in so many dimensions, whatever the number of columns; which ones makes no difference to cosines. */
const LATENT_DIMENSIONS = 64;
const MOST_CLIPS_OF_A_TRACK = { cluster: 9, noise: 3 };
/** Of all clips: those that repeat the first of their track, a quarter of them exactly and the others moved by a thousandth. */
const COPIES = 0.04;
/** Of all clips: those that have no other passage than the first of their track. */
const SAME_PASSAGE = 0.1;

/**
 * A train set that stands in for clustered embeddings: clusters, in them tracks of up to nine clips, in noise of up to three. A clip is what its
 * track has, moved by its passage, and blurred so that its signal has the share `reliability` of the variance (Lord & Novick 1968, section 3.4):
 * two clips of one passage are as alike as each is to itself. Four clips in a hundred are copies. The order is random. Deterministic in `shape`.
 */
export function clusteredClips(shape: ClipsShape): ClusteredClips {
  const { rows, cols, seed, largest, others } = shape;
  const random = seededRandom(`clustered clips ${seed}`);
  const clips: ClusteredClips = {
    points: zeros(rows, cols),
    labels: new Int32Array(rows).fill(-1),
    duplicateSet: new Int32Array(rows).fill(-1),
    reliability: new Float64Array(rows),
  };
  const place = shuffled(random.fork('order'), rows);
  const noise = Math.floor(NOISE_SHARE * rows);
  const sizes = clusterSizes(random.fork('sizes'), rows - noise, largest, others);
  let next = 0;
  for (const [label, size] of [...sizes, noise].entries()) {
    const isNoise = label === sizes.length;
    const members = place.subarray(next, next + size);
    if (!isNoise) for (const clip of members) clips.labels[clip] = label;
    const mostClips = isNoise ? MOST_CLIPS_OF_A_TRACK.noise : MOST_CLIPS_OF_A_TRACK.cluster;
    fillCluster(clips, members, mostClips, isNoise, random);
    next += size;
  }
  return clips;
}

/** Sizes of clusters that `clips` clips are in: the largest, then others until all are in one. */
export function clusterSizes(random: Random, clips: number, largest: number, others: number): number[] {
  const sizes = [Math.min(largest, clips)];
  let left = clips - sizes[0]!;
  while (left > 0) {
    const drawn = Math.floor(SMALLEST_CLUSTER * (others / SMALLEST_CLUSTER) ** random.uniform());
    // What a further cluster could not be made of joins the last one.
    const size = left - drawn < SMALLEST_CLUSTER ? left : drawn;
    sizes.push(size);
    left -= size;
  }
  return sizes;
}

function fillCluster(
  clips: ClusteredClips,
  members: Uint32Array,
  mostClips: number,
  isNoise: boolean,
  random: Random,
): void {
  const centre = latent(random);
  // How much of a clip's signal is its cluster's; clips of noise have nothing in common but their tracks.
  const common = isNoise ? 0 : 0.4 + 0.3 * random.uniform();
  for (let next = 0; next < members.length; ) {
    const size = Math.min(members.length - next, 1 + random.integer(mostClips));
    const own = latent(random);
    const track = own.map((value, k) => Math.sqrt(common) * centre[k]! + Math.sqrt(1 - common) * value);
    fillTrack(clips, members.subarray(next, next + size), track, random);
    next += size;
  }
}

function fillTrack(clips: ClusteredClips, members: Uint32Array, track: Float64Array, random: Random): void {
  const first = members[0]!;
  for (const clip of members) {
    const drawn = random.uniform();
    const row = rowOf(clips.points, clip);
    if (clip !== first && drawn < COPIES) {
      row.set(rowOf(clips.points, first));
      if (drawn >= COPIES / 4) blur(row, 1e-3, random);
      clips.reliability[clip] = clips.reliability[first]!;
      // The first clip of a track stands for its set, so its own number names no other set.
      clips.duplicateSet[clip] = clips.duplicateSet[first] = first;
    } else {
      const reliability = 0.9 + 0.09 * random.uniform();
      const away = clip === first || drawn < COPIES + SAME_PASSAGE ? 0 : 0.25 * 4 ** random.uniform();
      const passage = latent(random);
      for (let k = 0; k < LATENT_DIMENSIONS; k++) row[k] = track[k]! + away * passage[k]!;
      normalise(row);
      blur(row, Math.sqrt((1 - reliability) / reliability), random);
      clips.reliability[clip] = reliability;
    }
    normalise(row);
  }
}

/** A random direction of length about 1 in the latent dimensions. */
function latent(random: Random): Float64Array {
  return Float64Array.from({ length: LATENT_DIMENSIONS }, () => normal(random) / Math.sqrt(LATENT_DIMENSIONS));
}

/** Adds an isotropic normal vector of length about `length`. */
function blur(row: Float32Array, length: number, random: Random): void {
  const scale = length / Math.sqrt(row.length);
  for (let k = 0; k < row.length; k++) row[k]! += scale * normal(random);
}

/** A standard normal deviate of two uniform ones (Box & Muller 1958). */
function normal(random: Random): number {
  // 1 − u is never 0, so its logarithm is finite.
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

function normalise(row: Float32Array): void {
  let squares = 0;
  for (let k = 0; k < row.length; k++) squares += row[k]! * row[k]!;
  const scale = 1 / Math.sqrt(squares);
  for (let k = 0; k < row.length; k++) row[k]! *= scale;
}
