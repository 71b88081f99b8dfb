// Scans of one row of a tile of products, in AssemblyScript. `npm run scan` compiles it to src/scan/module.ts; a test compares the two.
//
// A row's similarities are s_j = p_j − half_j − ownHalf, with p_j the products and half_j the |x_j|²/2 of the columns (zeros for inner products).
// All pointers are byte addresses of float32 or int32 values, one for each of `count` columns.

/** Columns are looked at in runs of this many; a run in which nothing reaches its threshold is left by one branch. */
const RUN = 16;

// @ts-expect-error: decorator
@inline
function similarities(products: usize, halves: usize, own: v128): v128 {
  return f32x4.sub(f32x4.sub(v128.load(products), v128.load(halves)), own);
}

// @ts-expect-error: decorator
@inline
function similarity(products: usize, halves: usize, at: usize, own: f32): f32 {
  return load<f32>(products + at) - load<f32>(halves + at) - own;
}

/**
 * Finds the columns whose similarity, limited by both ceilings, reaches the row's threshold or the column's, and which are of another component.
 * Writes the column to `columns` and the limited similarity to `values`; returns how many. Thresholds may be out of date: too low is allowed.
 */
export function nearest(
  products: usize,
  halves: usize,
  ceilings: usize,
  thresholds: usize,
  components: usize,
  count: i32,
  ownHalf: f32,
  ownCeiling: f32,
  ownThreshold: f32,
  ownComponent: i32,
  columns: usize,
  values: usize,
): i32 {
  const half = f32x4.splat(ownHalf);
  const threshold = f32x4.splat(ownThreshold);
  const whole = count - (count % RUN);
  let found: usize = 0;
  let run = 0;
  while (run < count) {
    const end = run < whole ? run + RUN : count;
    if (run < whole) {
      const at = (<usize>run) << 2;
      const p = products + at;
      const h = halves + at;
      const t = thresholds + at;
      const a = f32x4.ge(similarities(p, h, half), f32x4.pmin(v128.load(t), threshold));
      const b = f32x4.ge(similarities(p + 16, h + 16, half), f32x4.pmin(v128.load(t, 16), threshold));
      const c = f32x4.ge(similarities(p + 32, h + 32, half), f32x4.pmin(v128.load(t, 32), threshold));
      const d = f32x4.ge(similarities(p + 48, h + 48, half), f32x4.pmin(v128.load(t, 48), threshold));
      if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
        run = end;
        continue;
      }
    }
    for (let j = run; j < end; j++) {
      const at = (<usize>j) << 2;
      let s = similarity(products, halves, at, ownHalf);
      const least = min(load<f32>(thresholds + at), ownThreshold);
      if (s < least || load<i32>(components + at) == ownComponent) continue;
      s = min(s, min(load<f32>(ceilings + at), ownCeiling));
      if (s < least) continue;
      store<i32>(columns + found, j);
      store<f32>(values + found, s);
      found += 4;
    }
    run = end;
  }
  return <i32>(found >> 2);
}

/** Finds the columns whose similarity reaches the row's floor and the column's. Writes the column to `columns`, the similarity, at most `cap`, to `values`; returns how many. */
export function pairs(
  products: usize,
  halves: usize,
  floors: usize,
  count: i32,
  ownHalf: f32,
  ownFloor: f32,
  cap: f32,
  columns: usize,
  values: usize,
): i32 {
  const half = f32x4.splat(ownHalf);
  const floor = f32x4.splat(ownFloor);
  const caps = f32x4.splat(cap);
  const whole = count - (count % RUN);
  let found: usize = 0;
  let run = 0;
  while (run < count) {
    const end = run < whole ? run + RUN : count;
    if (run < whole) {
      const at = (<usize>run) << 2;
      const p = products + at;
      const h = halves + at;
      const t = floors + at;
      const a = f32x4.ge(f32x4.pmin(similarities(p, h, half), caps), f32x4.pmax(v128.load(t), floor));
      const b = f32x4.ge(f32x4.pmin(similarities(p + 16, h + 16, half), caps), f32x4.pmax(v128.load(t, 16), floor));
      const c = f32x4.ge(f32x4.pmin(similarities(p + 32, h + 32, half), caps), f32x4.pmax(v128.load(t, 32), floor));
      const d = f32x4.ge(f32x4.pmin(similarities(p + 48, h + 48, half), caps), f32x4.pmax(v128.load(t, 48), floor));
      if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
        run = end;
        continue;
      }
    }
    for (let j = run; j < end; j++) {
      const at = (<usize>j) << 2;
      const s = min(similarity(products, halves, at, ownHalf), cap);
      if (s < max(load<f32>(floors + at), ownFloor)) continue;
      store<i32>(columns + found, j);
      store<f32>(values + found, s);
      found += 4;
    }
    run = end;
  }
  return <i32>(found >> 2);
}

/**
 * Counts the similarities, at most `cap`, in `bins` equal bins over from … to; those outside go to the first or the last.
 * `counts` are int32; the tables of four columns in turn stand behind one another, so that equal bins don't wait for each other.
 */
export function histogram(
  products: usize,
  halves: usize,
  count: i32,
  ownHalf: f32,
  cap: f32,
  from: f64,
  binsPerUnit: f64,
  bins: i32,
  counts: usize,
): void {
  const table = (<usize>bins) << 2;
  const last = <f64>(bins - 1);
  for (let j = 0; j < count; j++) {
    const at = (<usize>j) << 2;
    const s = min(similarity(products, halves, at, ownHalf), cap);
    const bin = max(0, min(last, (<f64>s - from) * binsPerUnit));
    const address = counts + table * (<usize>j & 3) + ((<usize>(<i32>bin)) << 2);
    store<i32>(address, load<i32>(address) + 1);
  }
}
