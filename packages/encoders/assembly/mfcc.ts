// MFCCs and what is made of them, in AssemblyScript. `npm run mfcc` compiles it to src/mfcc/mfccModule.ts; a test compares the two.
//
// All numbers are float64 but the samples, which are float32. Pointers are byte addresses. `@inline` on a function is AssemblyScript's alone, so other
// compilers are told to overlook it.

/** Complex numbers of the transform: half as many as a frame has samples, which are their real and imaginary parts in turn. */
const POINTS: i32 = 1024;
/** Bytes of the real parts of a transform, behind which lie the imaginary ones, and of the quarter of them that a butterfly reaches over. */
const PART: usize = 8 * POINTS;
const QUARTER: usize = PART / 4;
const FRAME_HOP: usize = 512;
const BANDS: i32 = 128;
const COEFFICIENTS: i32 = 20;
const HALF_WIDTH: i32 = 4;

// Where lie, from `tables` on: the window, halved; the twiddles of the first pass of the transform, w, w² and w³; those that separate the samples at even
// places from the others; room for two transforms, and for a power spectrum.
const TWIDDLES: usize = 2 * PART;
const SEPARATION: usize = TWIDDLES + 6 * QUARTER;
const ROOM: usize = SEPARATION + PART + 32;
const OTHER_ROOM: usize = ROOM + 2 * PART;
const SPECTRUM: usize = OTHER_ROOM + 2 * PART;

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 0, 2);
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<f64>(a, b, 1, 3);
}

/** Two samples by their window. */
// @ts-ignore: decorator
@inline
function windowed(samples: usize, window: usize): v128 {
  return f64x2.mul(f64x2.promote_low_f32x4(v128.load64_zero(samples)), v128.load(window));
}

/** The first pass of the transform, of a frame of samples: decimation in frequency, in the order of Stockham (Cochran et al. 1967), radix 4. */
function firstPass(samples: usize, tables: usize): void {
  const target = tables + ROOM;
  for (let i: usize = 0; i < QUARTER; i += 16) {
    const x = samples + i;
    const w = tables + 2 * i;
    const a = windowed(x, w);
    const aNext = windowed(x + 8, w + 16);
    const aRe = low(a, aNext);
    const aIm = high(a, aNext);
    const b = windowed(x + QUARTER, w + 2 * QUARTER);
    const bNext = windowed(x + QUARTER + 8, w + 2 * QUARTER + 16);
    const bRe = low(b, bNext);
    const bIm = high(b, bNext);
    const c = windowed(x + 2 * QUARTER, w + 4 * QUARTER);
    const cNext = windowed(x + 2 * QUARTER + 8, w + 4 * QUARTER + 16);
    const cRe = low(c, cNext);
    const cIm = high(c, cNext);
    const d = windowed(x + 3 * QUARTER, w + 6 * QUARTER);
    const dNext = windowed(x + 3 * QUARTER + 8, w + 6 * QUARTER + 16);
    const dRe = low(d, dNext);
    const dIm = high(d, dNext);
    const sRe = f64x2.add(aRe, cRe);
    const sIm = f64x2.add(aIm, cIm);
    const tRe = f64x2.sub(aRe, cRe);
    const tIm = f64x2.sub(aIm, cIm);
    const uRe = f64x2.add(bRe, dRe);
    const uIm = f64x2.add(bIm, dIm);
    const vRe = f64x2.sub(bRe, dRe);
    const vIm = f64x2.sub(bIm, dIm);
    const t = tables + TWIDDLES + i;
    const y = target + 4 * i;
    // The outputs of a butterfly stand side by side, so those of two are put in turns.
    const y0Re = f64x2.add(sRe, uRe);
    const y0Im = f64x2.add(sIm, uIm);
    const oneRe = f64x2.add(tRe, vIm);
    const oneIm = f64x2.sub(tIm, vRe);
    const w1Re = v128.load(t);
    const w1Im = v128.load(t, QUARTER);
    const y1Re = f64x2.sub(f64x2.mul(oneRe, w1Re), f64x2.mul(oneIm, w1Im));
    const y1Im = f64x2.add(f64x2.mul(oneRe, w1Im), f64x2.mul(oneIm, w1Re));
    v128.store(y, low(y0Re, y1Re));
    v128.store(y, high(y0Re, y1Re), 32);
    v128.store(y, low(y0Im, y1Im), PART);
    v128.store(y, high(y0Im, y1Im), PART + 32);
    const twoRe = f64x2.sub(sRe, uRe);
    const twoIm = f64x2.sub(sIm, uIm);
    const w2Re = v128.load(t, 2 * QUARTER);
    const w2Im = v128.load(t, 3 * QUARTER);
    const y2Re = f64x2.sub(f64x2.mul(twoRe, w2Re), f64x2.mul(twoIm, w2Im));
    const y2Im = f64x2.add(f64x2.mul(twoRe, w2Im), f64x2.mul(twoIm, w2Re));
    const threeRe = f64x2.sub(tRe, vIm);
    const threeIm = f64x2.add(tIm, vRe);
    const w3Re = v128.load(t, 4 * QUARTER);
    const w3Im = v128.load(t, 5 * QUARTER);
    const y3Re = f64x2.sub(f64x2.mul(threeRe, w3Re), f64x2.mul(threeIm, w3Im));
    const y3Im = f64x2.add(f64x2.mul(threeRe, w3Im), f64x2.mul(threeIm, w3Re));
    v128.store(y, low(y2Re, y3Re), 16);
    v128.store(y, high(y2Re, y3Re), 48);
    v128.store(y, low(y2Im, y3Im), PART + 16);
    v128.store(y, high(y2Im, y3Im), PART + 48);
  }
}

/** A later pass, of numbers that stand `stride` bytes apart. */
function pass(x: usize, y: usize, tables: usize, stride: usize): void {
  let t = tables + TWIDDLES;
  for (let block: usize = 0; block < QUARTER; block += stride) {
    const w1Re = v128.load64_splat(t);
    const w1Im = v128.load64_splat(t, QUARTER);
    const w2Re = v128.load64_splat(t, 2 * QUARTER);
    const w2Im = v128.load64_splat(t, 3 * QUARTER);
    const w3Re = v128.load64_splat(t, 4 * QUARTER);
    const w3Im = v128.load64_splat(t, 5 * QUARTER);
    t += stride;
    let from = x + block;
    const end = from + stride;
    let to = y + 4 * block;
    for (; from < end; from += 16, to += 16) {
      const aRe = v128.load(from);
      const bRe = v128.load(from, QUARTER);
      const cRe = v128.load(from, 2 * QUARTER);
      const dRe = v128.load(from, 3 * QUARTER);
      const aIm = v128.load(from, PART);
      const bIm = v128.load(from, PART + QUARTER);
      const cIm = v128.load(from, PART + 2 * QUARTER);
      const dIm = v128.load(from, PART + 3 * QUARTER);
      const sRe = f64x2.add(aRe, cRe);
      const sIm = f64x2.add(aIm, cIm);
      const tRe = f64x2.sub(aRe, cRe);
      const tIm = f64x2.sub(aIm, cIm);
      const uRe = f64x2.add(bRe, dRe);
      const uIm = f64x2.add(bIm, dIm);
      const vRe = f64x2.sub(bRe, dRe);
      const vIm = f64x2.sub(bIm, dIm);
      v128.store(to, f64x2.add(sRe, uRe));
      v128.store(to, f64x2.add(sIm, uIm), PART);
      const oneRe = f64x2.add(tRe, vIm);
      const oneIm = f64x2.sub(tIm, vRe);
      const one = to + stride;
      v128.store(one, f64x2.sub(f64x2.mul(oneRe, w1Re), f64x2.mul(oneIm, w1Im)));
      v128.store(one, f64x2.add(f64x2.mul(oneRe, w1Im), f64x2.mul(oneIm, w1Re)), PART);
      const twoRe = f64x2.sub(sRe, uRe);
      const twoIm = f64x2.sub(sIm, uIm);
      const two = one + stride;
      v128.store(two, f64x2.sub(f64x2.mul(twoRe, w2Re), f64x2.mul(twoIm, w2Im)));
      v128.store(two, f64x2.add(f64x2.mul(twoRe, w2Im), f64x2.mul(twoIm, w2Re)), PART);
      const threeRe = f64x2.sub(tRe, vIm);
      const threeIm = f64x2.add(tIm, vRe);
      const three = two + stride;
      v128.store(three, f64x2.sub(f64x2.mul(threeRe, w3Re), f64x2.mul(threeIm, w3Im)));
      v128.store(three, f64x2.add(f64x2.mul(threeRe, w3Im), f64x2.mul(threeIm, w3Re)), PART);
    }
  }
}

/**
 * The power spectrum, 1,025 numbers, of a frame of 2,048 samples by their window. Of the transform Z of the samples at even places and i times the others,
 * both transforms are E = (Z[k] + Z*[n−k]) / 2 and O = (Z[k] − Z*[n−k]) / 2i, and that of the frame is E ± wO at k and, conjugated, at n − k.
 */
function spectrum(samples: usize, tables: usize, power: usize): void {
  const room = tables + ROOM;
  const other = tables + OTHER_ROOM;
  firstPass(samples, tables);
  pass(room, other, tables, 8 * 4);
  pass(other, room, tables, 8 * 16);
  pass(room, other, tables, 8 * 64);
  pass(other, room, tables, 8 * 256);
  const first = 2 * load<f64>(room);
  const second = 2 * load<f64>(room, PART);
  store<f64>(power, (first + second) * (first + second));
  store<f64>(power + PART, (first - second) * (first - second));
  // Two at once: k and k + 1, and their mirror images.
  for (let k: usize = 8; k <= PART / 2; k += 16) {
    const mirrored = room + PART - k - 8;
    const aRe = v128.load(room + k);
    const aIm = v128.load(room + k, PART);
    const backRe = v128.load(mirrored);
    const backIm = v128.load(mirrored, PART);
    const bRe = v128.shuffle<f64>(backRe, backRe, 1, 0);
    const bIm = v128.shuffle<f64>(backIm, backIm, 1, 0);
    const w = tables + SEPARATION + k;
    const wRe = v128.load(w);
    const wIm = v128.load(w, PART / 2 + 16);
    const evenRe = f64x2.add(aRe, bRe);
    const evenIm = f64x2.sub(aIm, bIm);
    const oddRe = f64x2.add(aIm, bIm);
    const oddIm = f64x2.sub(bRe, aRe);
    const turnedRe = f64x2.sub(f64x2.mul(wRe, oddRe), f64x2.mul(wIm, oddIm));
    const turnedIm = f64x2.add(f64x2.mul(wRe, oddIm), f64x2.mul(wIm, oddRe));
    const plusRe = f64x2.add(evenRe, turnedRe);
    const plusIm = f64x2.add(evenIm, turnedIm);
    const minusRe = f64x2.sub(evenRe, turnedRe);
    const minusIm = f64x2.sub(evenIm, turnedIm);
    v128.store(power + k, f64x2.add(f64x2.mul(plusRe, plusRe), f64x2.mul(plusIm, plusIm)));
    const minus = f64x2.add(f64x2.mul(minusRe, minusRe), f64x2.mul(minusIm, minusIm));
    v128.store(power + PART - k - 8, v128.shuffle<f64>(minus, minus, 1, 0));
  }
}

/**
 * The power in each mel band, frames × BANDS, of samples before and behind which lie 1,024 zeros: `samples` is where the zeros begin. Filter b weighs the
 * bins from first[b] on with the weights at offset[b] … offset[b + 1] − 1.
 */
export function melPower(
  samples: usize,
  frames: i32,
  tables: usize,
  first: usize,
  offset: usize,
  weights: usize,
  mel: usize,
): void {
  const power = tables + SPECTRUM;
  for (let frame = 0; frame < frames; frame++) {
    spectrum(samples, tables, power);
    samples += 4 * FRAME_HOP;
    let weight = weights;
    for (let band = 0; band < BANDS; band++) {
      let bin = power + (load<u32>(first + 4 * band) << 3);
      const end = weights + (load<u32>(offset + 4 * (band + 1)) << 3);
      let both = f64x2.splat(0);
      for (; weight + 8 < end; weight += 16, bin += 16)
        both = f64x2.add(both, f64x2.mul(v128.load(weight), v128.load(bin)));
      let all = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
      if (weight < end) {
        all += load<f64>(weight) * load<f64>(bin);
        weight += 8;
      }
      store<f64>(mel, all);
      mel += 8;
    }
  }
}

/** The power spectra of frames, frames × 1,025. */
export function powerSpectrum(samples: usize, frames: i32, tables: usize, power: usize): void {
  for (let frame = 0; frame < frames; frame++) {
    spectrum(samples, tables, tables + SPECTRUM);
    memory.copy(power, tables + SPECTRUM, PART + 8);
    samples += 4 * FRAME_HOP;
    power += PART + 8;
  }
}

/** The bits of 1, and how far those of √½ lie below. */
const ONE_BITS: i64 = 0x3ff0000000000000;
const HALF_ROOT_BELOW: i64 = 0x95f619980c433;

/** The natural logarithms of two normal numbers above 0: e · ln 2 + 2 · artanh((m − 1) / (m + 1)) of m · 2^e, with √½ ≤ m < √2. */
// @ts-ignore: decorator
@inline
function logarithm(x: v128): v128 {
  // Moved by so much, all bits from √½ · 2^e on have one exponent.
  const exponent = i64x2.shr_u(i64x2.add(x, i64x2.splat(HALF_ROOT_BELOW)), 52);
  const m = i64x2.sub(i64x2.add(x, i64x2.splat(ONE_BITS)), i64x2.shl(exponent, 52));
  const biased = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(exponent, exponent, 0, 2, 0, 2));
  const e = f64x2.sub(biased, f64x2.splat(1023));
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one));
  const z = f64x2.mul(s, s);
  let series = f64x2.splat(1.0 / 21);
  series = f64x2.add(f64x2.mul(series, z), f64x2.splat(1.0 / 19));
  series = f64x2.add(f64x2.mul(series, z), f64x2.splat(1.0 / 17));
  series = f64x2.add(f64x2.mul(series, z), f64x2.splat(1.0 / 15));
  series = f64x2.add(f64x2.mul(series, z), f64x2.splat(1.0 / 13));
  series = f64x2.add(f64x2.mul(series, z), f64x2.splat(1.0 / 11));
  series = f64x2.add(f64x2.mul(series, z), f64x2.splat(1.0 / 9));
  series = f64x2.add(f64x2.mul(series, z), f64x2.splat(1.0 / 7));
  series = f64x2.add(f64x2.mul(series, z), f64x2.splat(1.0 / 5));
  series = f64x2.add(f64x2.mul(series, z), f64x2.splat(1.0 / 3));
  series = f64x2.add(f64x2.mul(series, z), one);
  return f64x2.add(f64x2.mul(e, f64x2.splat(0.6931471805599453)), f64x2.mul(f64x2.add(s, s), series));
}

/** Makes decibels of powers where they lie, an even number of them: not below `lowest` power, nor more than `range` below the loudest. */
export function decibels(power: usize, count: i32, lowest: f64, range: f64): void {
  const end = power + 8 * count;
  const least = f64x2.splat(lowest);
  const factor = f64x2.splat(4.342944819032518);
  let loudest = f64x2.splat(-Infinity);
  for (let at = power; at < end; at += 16) {
    const level = f64x2.mul(factor, logarithm(f64x2.pmax(least, v128.load(at))));
    loudest = f64x2.pmax(loudest, level);
    v128.store(at, level);
  }
  const floor = f64x2.splat(max(f64x2.extract_lane(loudest, 0), f64x2.extract_lane(loudest, 1)) - range);
  for (let at = power; at < end; at += 16) v128.store(at, f64x2.pmax(floor, v128.load(at)));
}

/**
 * The cepstral coefficients of levels, frames × BANDS, as COEFFICIENTS × frames. The cosines are symmetrical about the middle band where the coefficient is
 * even, antisymmetrical where it is odd; of the lower half of the bands they are: BANDS / 2 × (the even coefficients, then the odd ones).
 */
export function cepstrum(levels: usize, frames: i32, cosines: usize, series: usize): void {
  const apart = <usize>frames << 3;
  for (let frame = 0; frame < frames; frame++) {
    let even0 = f64x2.splat(0);
    let even1 = even0;
    let even2 = even0;
    let even3 = even0;
    let even4 = even0;
    let odd0 = even0;
    let odd1 = even0;
    let odd2 = even0;
    let odd3 = even0;
    let odd4 = even0;
    let back = levels + 8 * (BANDS - 1);
    let row = cosines;
    for (; levels < back; levels += 8, back -= 8, row += 8 * COEFFICIENTS) {
      const a = v128.load64_splat(levels);
      const b = v128.load64_splat(back);
      const both = f64x2.add(a, b);
      const difference = f64x2.sub(a, b);
      even0 = f64x2.add(even0, f64x2.mul(both, v128.load(row)));
      even1 = f64x2.add(even1, f64x2.mul(both, v128.load(row, 16)));
      even2 = f64x2.add(even2, f64x2.mul(both, v128.load(row, 32)));
      even3 = f64x2.add(even3, f64x2.mul(both, v128.load(row, 48)));
      even4 = f64x2.add(even4, f64x2.mul(both, v128.load(row, 64)));
      odd0 = f64x2.add(odd0, f64x2.mul(difference, v128.load(row, 80)));
      odd1 = f64x2.add(odd1, f64x2.mul(difference, v128.load(row, 96)));
      odd2 = f64x2.add(odd2, f64x2.mul(difference, v128.load(row, 112)));
      odd3 = f64x2.add(odd3, f64x2.mul(difference, v128.load(row, 128)));
      odd4 = f64x2.add(odd4, f64x2.mul(difference, v128.load(row, 144)));
    }
    levels += 4 * BANDS;
    const to = series + (<usize>frame << 3);
    put(to, apart, even0, odd0);
    put(to + 4 * apart, apart, even1, odd1);
    put(to + 8 * apart, apart, even2, odd2);
    put(to + 12 * apart, apart, even3, odd3);
    put(to + 16 * apart, apart, even4, odd4);
  }
}

/** Coefficients 2i, 2i + 2 and 2i + 1, 2i + 3, each in a row of its own. */
// @ts-ignore: decorator
@inline
function put(to: usize, apart: usize, even: v128, odd: v128): void {
  v128.store_lane<f64>(to, even, 0);
  v128.store_lane<f64>(to + apart, odd, 0);
  v128.store_lane<f64>(to + 2 * apart, even, 1);
  v128.store_lane<f64>(to + 3 * apart, odd, 1);
}

/**
 * The derivatives in time of series of at least nine frames, values × frames: at each frame the nine around it by their weights. The first and the last four
 * frames have those of the first and the last nine.
 */
export function deltas(series: usize, values: i32, frames: i32, weights: usize, derivative: usize): void {
  const inner = frames - 2 * HALF_WIDTH;
  for (let value = 0; value < values; value++) {
    const to = derivative + 8 * HALF_WIDTH;
    let at: usize = 0;
    // Those of the next value are written later, so a last pair may reach into them.
    for (; at < <usize>inner << 3; at += 16) {
      let both = f64x2.splat(0);
      for (let w: usize = 0; w < 8 * (2 * HALF_WIDTH + 1); w += 8)
        both = f64x2.add(both, f64x2.mul(v128.load64_splat(weights + w), v128.load(series + at + w)));
      v128.store(to + at, both);
    }
    const last = to + ((<usize>inner - 1) << 3);
    for (let edge: usize = 8; edge <= 8 * HALF_WIDTH; edge += 8) {
      store<f64>(to - edge, load<f64>(to));
      store<f64>(last + edge, load<f64>(last));
    }
    series += <usize>frames << 3;
    derivative += <usize>frames << 3;
  }
}

/** The mean and the standard deviation (over n) in time of each of some series, values × frames. */
export function summary(series: usize, values: i32, frames: i32, means: usize, deviations: usize): void {
  for (let value: usize = 0; value < <usize>values << 3; value += 8) {
    const end = series + (<usize>frames << 3);
    let total: f64 = 0;
    for (let at = series; at < end; at += 8) total += load<f64>(at);
    const mean = total / frames;
    let squares: f64 = 0;
    for (; series < end; series += 8) {
      const difference = load<f64>(series) - mean;
      squares += difference * difference;
    }
    store<f64>(means + value, mean);
    store<f64>(deviations + value, Math.sqrt(squares / frames));
  }
}
