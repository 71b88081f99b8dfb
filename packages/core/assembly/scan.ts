// Scans of a tile of products, in AssemblyScript. `npm run scan` compiles it to src/reductions/scanModule.ts; a test compares the two.
//
// A tile holds the products p of the places rowStart … rowEnd − 1 with colStart … colEnd − 1, row-major, and a scan takes the pairs i < j of it.
// Their similarity is s = min(p − half_j − half_i, cap), with half the |x|²/2 of each place (zeros and cap = Infinity for inner products).
// `@inline` on a function is AssemblyScript's alone, so other compilers are told to overlook it.
// Pointers are byte addresses of float32 or int32 values, one for each place unless said otherwise.

/** Columns are looked at in runs of this many: where none of a run is of interest, one branch skips it. */
const RUN = 16;

// @ts-ignore: decorator
@inline
function at(address: usize, place: i32): usize {
  return address + ((<usize>place) << 2);
}

// @ts-ignore: decorator
@inline
function four(product: usize, half: usize, ownHalf: v128): v128 {
  return f32x4.sub(f32x4.sub(v128.load(product), v128.load(half)), ownHalf);
}

// @ts-ignore: decorator
@inline
function similarity(product: usize, half: usize, ownHalf: f32): f32 {
  return load<f32>(product) - load<f32>(half) - ownHalf;
}

/** One bit for each of the sixteen lanes of four comparisons. */
// @ts-ignore: decorator
@inline
function bits(a: v128, b: v128, c: v128, d: v128): i32 {
  return i32x4.bitmask(a) | (i32x4.bitmask(b) << 4) | (i32x4.bitmask(c) << 8) | (i32x4.bitmask(d) << 12);
}

/** As many bits as there are columns, at most a run of them. */
// @ts-ignore: decorator
@inline
function firstBits(columns: i32): i32 {
  return (1 << min(columns, RUN)) - 1;
}

/** Takes a point into the sorted list of `k` at `similarities` and `indices`: most similar first, ties by lower index, −1 for an empty place. */
function insert(similarities: usize, indices: usize, k: i32, index: i32, s: f32): void {
  let place = k - 1;
  if (!isBefore(s, index, load<f32>(at(similarities, place)), load<i32>(at(indices, place)))) return;
  while (place > 0) {
    const previous = load<f32>(at(similarities, place - 1));
    const previousIndex = load<i32>(at(indices, place - 1));
    if (!isBefore(s, index, previous, previousIndex)) break;
    store<f32>(at(similarities, place), previous);
    store<i32>(at(indices, place), previousIndex);
    place--;
  }
  store<f32>(at(similarities, place), s);
  store<i32>(at(indices, place), index);
}

// @ts-ignore: decorator
@inline
function isBefore(s: f32, index: i32, than: f32, thanIndex: i32): bool {
  return s > than || (s == than && (thanIndex < 0 || index < thanIndex));
}

/** Takes a point into the list of a place and raises the place's threshold to the list's last similarity. */
// @ts-ignore: decorator
@inline
function offer(similarities: usize, indices: usize, thresholds: usize, k: i32, place: i32, index: i32, s: f32): void {
  const list = at(similarities, place * k);
  insert(list, at(indices, place * k), k, index, s);
  const last = load<f32>(at(list, k - 1));
  if (last > load<f32>(at(thresholds, place))) store<f32>(at(thresholds, place), last);
}

/**
 * Takes the pairs of a tile into the lists of the k most similar points: a pair serves both its places, where its similarity reaches the place's
 * threshold and the two are of different components. A place without a list has the threshold Infinity.
 * `similarities` and `indices` are places × k; `order` is the index that stands for each place in the lists.
 */
export function nearest(
  products: usize,
  rowStart: i32,
  rowEnd: i32,
  colStart: i32,
  colEnd: i32,
  halves: usize,
  cap: f32,
  thresholds: usize,
  components: usize,
  order: usize,
  k: i32,
  similarities: usize,
  indices: usize,
): void {
  for (let i = rowStart; i < rowEnd; i++) {
    const row = products + ((<usize>(i - rowStart) * <usize>(colEnd - colStart)) << 2);
    const ownHalf = load<f32>(at(halves, i));
    const component = load<i32>(at(components, i));
    const half = f32x4.splat(ownHalf);
    let threshold = load<f32>(at(thresholds, i));
    for (let run = max(colStart, i + 1); run < colEnd; run += RUN) {
      // One bit for each column of the run that may be of interest.
      let rest = firstBits(colEnd - run);
      if (colEnd - run >= RUN) {
        const p = at(row, run - colStart);
        const h = at(halves, run);
        const t = at(thresholds, run);
        const least = f32x4.splat(threshold);
        const a = f32x4.ge(four(p, h, half), f32x4.pmin(v128.load(t), least));
        const b = f32x4.ge(four(p + 16, h + 16, half), f32x4.pmin(v128.load(t, 16), least));
        const c = f32x4.ge(four(p + 32, h + 32, half), f32x4.pmin(v128.load(t, 32), least));
        const d = f32x4.ge(four(p + 48, h + 48, half), f32x4.pmin(v128.load(t, 48), least));
        if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) continue;
        rest = bits(a, b, c, d);
      }
      for (; rest != 0; rest &= rest - 1) {
        const j = run + ctz(rest);
        let s = similarity(at(row, j - colStart), at(halves, j), ownHalf);
        const other = load<f32>(at(thresholds, j));
        if (s < min(threshold, other) || load<i32>(at(components, j)) == component) continue;
        s = min(s, cap);
        if (s >= threshold) {
          offer(similarities, indices, thresholds, k, i, load<i32>(at(order, j)), s);
          threshold = load<f32>(at(thresholds, i));
        }
        if (s >= other) offer(similarities, indices, thresholds, k, j, load<i32>(at(order, i)), s);
      }
    }
  }
}

/**
 * Finds the pairs of a tile that reach both floors. Writes their places to `foundRows` and `foundCols` and their similarities to `values`, until
 * there might not be room for another row, and their number to `count`. Returns the row to go on with, rowEnd when done.
 */
export function pairs(
  products: usize,
  rowStart: i32,
  rowEnd: i32,
  colStart: i32,
  colEnd: i32,
  halves: usize,
  floors: usize,
  cap: f32,
  from: i32,
  room: i32,
  foundRows: usize,
  foundCols: usize,
  values: usize,
  count: usize,
): i32 {
  const width = colEnd - colStart;
  let found = 0;
  let i = from;
  for (; i < rowEnd && room - found >= width; i++) {
    const row = products + ((<usize>(i - rowStart) * <usize>width) << 2);
    found = findInRow(true, row, i, colStart, colEnd, halves, load<f32>(at(floors, i)), floors, cap, found, foundRows, foundCols, values);
  }
  store<i32>(count, found);
  return i;
}

/**
 * As `pairs`, of the pairs that reach the least floor between their places: that of the row, or of the column where it is less. For rows that lie
 * among the columns those of the columns after them are written from `gaps`, the floor between each place and the next.
 */
export function along(
  products: usize,
  rowStart: i32,
  rowEnd: i32,
  colStart: i32,
  colEnd: i32,
  halves: usize,
  gaps: usize,
  rowFloors: usize,
  colFloors: usize,
  cap: f32,
  from: i32,
  room: i32,
  foundRows: usize,
  foundCols: usize,
  values: usize,
  count: usize,
): i32 {
  const width = colEnd - colStart;
  let found = 0;
  let i = from;
  for (; i < rowEnd && room - found >= width; i++) {
    if (i >= colStart) {
      let least = f32.MAX_VALUE;
      for (let j = i + 1; j < colEnd; j++) {
        least = min(least, load<f32>(at(gaps, j - 1)));
        store<f32>(at(colFloors, j), least);
      }
    }
    const row = products + ((<usize>(i - rowStart) * <usize>width) << 2);
    found = findInRow(false, row, i, colStart, colEnd, halves, load<f32>(at(rowFloors, i)), colFloors, cap, found, foundRows, foundCols, values);
  }
  store<i32>(count, found);
  return i;
}

/** Finds the pairs of row i of a tile that reach both floors, or either of them. Returns how many were found with those found before. */
// @ts-ignore: decorator
@inline
function findInRow(
  both: bool,
  row: usize,
  i: i32,
  colStart: i32,
  colEnd: i32,
  halves: usize,
  ownFloor: f32,
  floors: usize,
  cap: f32,
  before: i32,
  foundRows: usize,
  foundCols: usize,
  values: usize,
): i32 {
  let found = before;
  const caps = f32x4.splat(cap);
  const ownHalf = load<f32>(at(halves, i));
  const half = f32x4.splat(ownHalf);
  const floor = f32x4.splat(ownFloor);
  for (let run = max(colStart, i + 1); run < colEnd; run += RUN) {
    let rest = firstBits(colEnd - run);
    if (colEnd - run >= RUN) {
      const p = at(row, run - colStart);
      const h = at(halves, run);
      const t = at(floors, run);
      const a = f32x4.ge(f32x4.pmin(four(p, h, half), caps), needed(both, v128.load(t), floor));
      const b = f32x4.ge(f32x4.pmin(four(p + 16, h + 16, half), caps), needed(both, v128.load(t, 16), floor));
      const c = f32x4.ge(f32x4.pmin(four(p + 32, h + 32, half), caps), needed(both, v128.load(t, 32), floor));
      const d = f32x4.ge(f32x4.pmin(four(p + 48, h + 48, half), caps), needed(both, v128.load(t, 48), floor));
      if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) continue;
      rest = bits(a, b, c, d);
    }
    for (; rest != 0; rest &= rest - 1) {
      const j = run + ctz(rest);
      const s = min(similarity(at(row, j - colStart), at(halves, j), ownHalf), cap);
      const other = load<f32>(at(floors, j));
      const least = both ? max(other, ownFloor) : min(other, ownFloor);
      if (s < least) continue;
      store<i32>(at(foundRows, found), i);
      store<i32>(at(foundCols, found), j);
      store<f32>(at(values, found), s);
      found++;
    }
  }
  return found;
}

// @ts-ignore: decorator
@inline
function needed(both: bool, floors: v128, floor: v128): v128 {
  return both ? f32x4.pmax(floors, floor) : f32x4.pmin(floors, floor);
}

/**
 * Finds the pairs of a tile whose score, s · (scale_i + scale_j) − offset_i − offset_j in float32, is at least `least`, and writes them as `pairs` does.
 */
export function scored(
  products: usize,
  rowStart: i32,
  rowEnd: i32,
  colStart: i32,
  colEnd: i32,
  halves: usize,
  scales: usize,
  offsets: usize,
  cap: f32,
  least: f32,
  from: i32,
  room: i32,
  foundRows: usize,
  foundCols: usize,
  values: usize,
  count: usize,
): i32 {
  const width = colEnd - colStart;
  const caps = f32x4.splat(cap);
  const least4 = f32x4.splat(least);
  let found = 0;
  let i = from;
  for (; i < rowEnd && room - found >= width; i++) {
    const row = products + ((<usize>(i - rowStart) * <usize>width) << 2);
    const ownHalf = load<f32>(at(halves, i));
    const half = f32x4.splat(ownHalf);
    const scale = f32x4.splat(load<f32>(at(scales, i)));
    const offset = f32x4.splat(load<f32>(at(offsets, i)));
    for (let run = max(colStart, i + 1); run < colEnd; run += RUN) {
      let rest = firstBits(colEnd - run);
      if (colEnd - run >= RUN) {
        const p = at(row, run - colStart);
        const h = at(halves, run);
        const k = at(scales, run);
        const o = at(offsets, run);
        const a = f32x4.ge(fourScores(p, h, k, o, half, scale, offset, caps), least4);
        const b = f32x4.ge(fourScores(p + 16, h + 16, k + 16, o + 16, half, scale, offset, caps), least4);
        const c = f32x4.ge(fourScores(p + 32, h + 32, k + 32, o + 32, half, scale, offset, caps), least4);
        const d = f32x4.ge(fourScores(p + 48, h + 48, k + 48, o + 48, half, scale, offset, caps), least4);
        if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) continue;
        rest = bits(a, b, c, d);
      }
      for (; rest != 0; rest &= rest - 1) {
        const j = run + ctz(rest);
        store<i32>(at(foundRows, found), i);
        store<i32>(at(foundCols, found), j);
        store<f32>(at(values, found), min(similarity(at(row, j - colStart), at(halves, j), ownHalf), cap));
        found++;
      }
    }
  }
  store<i32>(count, found);
  return i;
}

// @ts-ignore: decorator
@inline
function fourScores(p: usize, h: usize, k: usize, o: usize, half: v128, scale: v128, offset: v128, caps: v128): v128 {
  const s = f32x4.pmin(four(p, h, half), caps);
  return f32x4.sub(f32x4.sub(f32x4.mul(s, f32x4.add(v128.load(k), scale)), v128.load(o)), offset);
}

/** Adds one to the counter of each lane's bin. */
// @ts-ignore: decorator
@inline
function count(counts: usize, bins: v128): void {
  const a = at(counts, i32x4.extract_lane(bins, 0));
  const b = at(counts, i32x4.extract_lane(bins, 1));
  const c = at(counts, i32x4.extract_lane(bins, 2));
  const d = at(counts, i32x4.extract_lane(bins, 3));
  store<i32>(a, load<i32>(a) + 1);
  store<i32>(b, load<i32>(b) + 1);
  store<i32>(c, load<i32>(c) + 1);
  store<i32>(d, load<i32>(d) + 1);
}

/**
 * Counts the pairs of a tile by similarity, in `bins` equal bins from `from` on; those outside go to the first or the last.
 * `counts` are int32: four tables behind one another, one for each lane, so that equal bins don't wait for each other.
 */
export function histogram(
  products: usize,
  rowStart: i32,
  rowEnd: i32,
  colStart: i32,
  colEnd: i32,
  halves: usize,
  cap: f32,
  from: f32,
  binsPerUnit: f32,
  bins: i32,
  counts: usize,
): void {
  const caps = f32x4.splat(cap);
  const start = f32x4.splat(from);
  const scale = f32x4.splat(binsPerUnit);
  const zero = f32x4.splat(0);
  const last = f32x4.splat(<f32>(bins - 1));
  const tables = i32x4.replace_lane(i32x4.replace_lane(i32x4.replace_lane(i32x4.splat(0), 1, bins), 2, 2 * bins), 3, 3 * bins);
  for (let i = rowStart; i < rowEnd; i++) {
    const row = products + ((<usize>(i - rowStart) * <usize>(colEnd - colStart)) << 2);
    const ownHalf = load<f32>(at(halves, i));
    const half = f32x4.splat(ownHalf);
    let j = max(colStart, i + 1);
    for (; j + 4 <= colEnd; j += 4) {
      const s = f32x4.pmin(four(at(row, j - colStart), at(halves, j), half), caps);
      const bin = f32x4.pmin(f32x4.pmax(f32x4.mul(f32x4.sub(s, start), scale), zero), last);
      count(counts, i32x4.add(i32x4.trunc_sat_f32x4_u(bin), tables));
    }
    for (; j < colEnd; j++) {
      const s = min(similarity(at(row, j - colStart), at(halves, j), ownHalf), cap);
      const bin = <i32>max(0, min(<f32>(bins - 1), (s - from) * binsPerUnit));
      const counter = at(counts, bin);
      store<i32>(counter, load<i32>(counter) + 1);
    }
  }
}

/** Side of the blocks that are mirrored at once. */
const BLOCK = 16;

/** Copies what is above the diagonal of a count × count matrix to below it. */
export function mirror(matrix: usize, count: i32): void {
  for (let top = 0; top < count; top += BLOCK) {
    for (let left = top; left < count; left += BLOCK) {
      for (let i = top; i < min(top + BLOCK, count); i++) {
        for (let j = max(left, i + 1); j < min(left + BLOCK, count); j++) {
          store<f32>(at(matrix, j * count + i), load<f32>(at(matrix, i * count + j)));
        }
      }
    }
  }
}

/**
 * A tree takes the next point, the one most similar to those it has: none is more similar to a point than its core, nor than that of the other.
 * `order` has the points it took at the first `taken` places, at least one, then the others; `nearest` is how similar each is to the tree so far.
 * The point taken is put at the next place. Returns its similarity to the tree.
 */
export function take(similarities: usize, count: i32, taken: i32, order: usize, core: usize, nearest: usize): f32 {
  const last = load<i32>(at(order, taken - 1));
  const row = at(similarities, last * count);
  const own = load<f32>(at(core, last));
  let most: f32 = -Infinity;
  let next = taken;
  for (let place = taken; place < count; place++) {
    const point = load<i32>(at(order, place));
    const joined = min(load<f32>(at(row, point)), min(own, load<f32>(at(core, point))));
    const near = max(load<f32>(at(nearest, point)), joined);
    store<f32>(at(nearest, point), near);
    if (near <= most) continue;
    most = near;
    next = place;
  }
  const point = load<i32>(at(order, next));
  store<i32>(at(order, next), load<i32>(at(order, taken)));
  store<i32>(at(order, taken), point);
  return most;
}

/**
 * Finds the points before place `from` of `order` whose similarity to the point there reaches the least floor between the two: `floors` has one
 * between each place and the one before. Writes them and their similarities, and returns how many they are.
 */
export function reached(similarities: usize, count: i32, from: i32, order: usize, floors: usize, found: usize, values: usize): i32 {
  const row = at(similarities, load<i32>(at(order, from)) * count);
  let floor: f32 = Infinity;
  let length = 0;
  for (let place = from; place > 0; place--) {
    floor = min(floor, load<f32>(at(floors, place)));
    const point = load<i32>(at(order, place - 1));
    const s = load<f32>(at(row, point));
    if (s < floor) continue;
    store<i32>(at(found, length), point);
    store<f32>(at(values, length), s);
    length++;
  }
  return length;
}
