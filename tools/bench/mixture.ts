import { type Matrix, type Random, rowOf, seededRandom, shuffled, zeros } from '@refrain/core';

/** What a mixture is made of. Shares are of all rows and are rounded down. */
export interface MixtureOptions {
  readonly rows: number;
  /** Dimensions, default 512. */
  readonly cols?: number;
  /** Default 0. */
  readonly seed?: number | string;
  /** Share of points in no cluster, default 0.2. */
  readonly noise?: number;
  /** Share of rows that repeat another row exactly, default 0.01. */
  readonly copies?: number;
  /** Share of rows that are another row moved by a thousandth of its length, default 0.03. */
  readonly nearCopies?: number;
}

/** Points and where they come from. */
export interface Mixture {
  /** rows × cols, rows of length 1. */
  readonly points: Matrix;
  /** Component of the mixture per row, −1 for noise; a copy has that of its original. */
  readonly component: Int32Array;
  /** Per row the row it repeats, exactly or nearly; −1 for an original. Originals are never copies themselves. */
  readonly copyOf: Int32Array;
}

const LATENT_DIMENSIONS = 64;
const CLUSTER_DIMENSIONS = 16;

/**
 * A gaussian mixture that stands in for embeddings: the recipe of the HDBSCAN golden data, with random numbers of its own.
 * There are max(5, rows/150) clusters, the r-th with a share ∝ r^−0.7. Their centres are unit vectors in a 64-dimensional subspace; their widths are
 * log-uniform over a decade, 0.12 … 1.2, most of it along 16 directions of the cluster's own. Noise lies in the same subspace as the centres, blurred.
 * Deterministic in its options on one machine. Takes memory for the points and little more.
 */
export function mixture(options: MixtureOptions): Mixture {
  const { rows, cols = 512, seed = 0, noise = 0.2, copies = 0.01, nearCopies = 0.03 } = options;
  const random = seededRandom(seed);
  const normal = normals(random.fork('normal'));
  const points = zeros(rows, cols);
  const component = new Int32Array(rows).fill(-1);
  const place = shuffled(random.fork('order'), rows);
  const basis = directions(normal, LATENT_DIMENSIONS, cols);
  const sizes = clusterSizes(
    random.fork('sizes'),
    Math.max(5, Math.floor(rows / 150)),
    rows - Math.floor(rows * noise),
  );
  let next = 0;
  for (const [cluster, size] of sizes.entries()) {
    const draw = clusterPoint(random, normal, basis);
    for (let i = 0; i < size; i++, next++) {
      component[place[next]!] = cluster;
      draw(rowOf(points, place[next]!));
    }
  }
  for (; next < rows; next++) drawNoise(rowOf(points, place[next]!), normal, basis);
  const exact = Math.floor(rows * copies);
  const near = Math.floor(rows * nearCopies);
  const copyOf = addCopies(points, component, random.fork('copies'), exact, near);
  return { points, component, copyOf };
}

/** Standard normal deviates in pairs from two uniform ones (Box & Muller 1958). */
function normals(random: Random): () => number {
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    // 1 − u is never 0, so its logarithm is finite.
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** `count` random vectors of length about 1. */
function directions(normal: () => number, count: number, cols: number): Matrix {
  const matrix = zeros(count, cols);
  const scale = 1 / Math.sqrt(cols);
  for (let at = 0; at < matrix.data.length; at++) matrix.data[at] = normal() * scale;
  return matrix;
}

/** Adds a normally distributed combination of the rows of `basis`, times `scale`, to `vector`. */
function addCombination(vector: Float64Array, normal: () => number, basis: Matrix, scale: number): void {
  const { data, rows, cols } = basis;
  for (let row = 0; row < rows; row++) {
    const weight = normal() * scale;
    for (let k = 0, at = row * cols; k < cols; k++, at++) vector[k]! += weight * data[at]!;
  }
}

/** Adds an isotropic normal vector of length about `length` to `vector`. */
function blur(vector: Float64Array | Float32Array, normal: () => number, length: number): void {
  const scale = length / Math.sqrt(vector.length);
  for (let k = 0; k < vector.length; k++) vector[k]! += normal() * scale;
}

function normalise(vector: Float64Array | Float32Array): void {
  let squares = 0;
  for (let k = 0; k < vector.length; k++) squares += vector[k]! * vector[k]!;
  const scale = 1 / Math.sqrt(squares);
  for (let k = 0; k < vector.length; k++) vector[k]! *= scale;
}

function clusterSizes(random: Random, clusters: number, points: number): Int32Array {
  const cumulative = new Float64Array(clusters);
  let sum = 0;
  for (let k = 0; k < clusters; k++) cumulative[k] = sum += (k + 1) ** -0.7;
  const sizes = new Int32Array(clusters);
  for (let i = 0; i < points; i++) {
    const drawn = random.uniform() * sum;
    let low = 0;
    for (let high = clusters - 1; low < high; ) {
      const middle = (low + high) >>> 1;
      if (cumulative[middle]! > drawn) high = middle;
      else low = middle + 1;
    }
    sizes[low]!++;
  }
  return sizes;
}

/** A new cluster; what it returns fills a row with one of its points. */
function clusterPoint(random: Random, normal: () => number, basis: Matrix): (row: Float32Array) => void {
  const centre = new Float64Array(basis.cols);
  addCombination(centre, normal, basis, 1);
  normalise(centre);
  const width = 0.12 * 10 ** random.uniform();
  const own = directions(normal, CLUSTER_DIMENSIONS, basis.cols);
  const point = new Float64Array(basis.cols);
  return (row) => {
    point.set(centre);
    addCombination(point, normal, own, width / Math.sqrt(CLUSTER_DIMENSIONS));
    blur(point, normal, 0.3 * width);
    normalise(point);
    row.set(point);
  };
}

function drawNoise(row: Float32Array, normal: () => number, basis: Matrix): void {
  const point = new Float64Array(basis.cols);
  addCombination(point, normal, basis, 1);
  normalise(point);
  blur(point, normal, 0.5);
  normalise(point);
  row.set(point);
}

/** Replaces `exact + near` random rows by copies of other rows. */
function addCopies(points: Matrix, component: Int32Array, random: Random, exact: number, near: number): Int32Array {
  const copyOf = new Int32Array(points.rows).fill(-1);
  const order = shuffled(random, points.rows);
  const originals = points.rows - exact - near;
  const normal = normals(random.fork('normal'));
  for (let i = 0; i < exact + near; i++) {
    const original = order[random.integer(originals)]!;
    const copy = order[originals + i]!;
    copyOf[copy] = original;
    component[copy] = component[original]!;
    const row = rowOf(points, copy);
    row.set(rowOf(points, original));
    if (i < exact) continue;
    blur(row, normal, 1e-3);
    normalise(row);
  }
  return copyOf;
}
