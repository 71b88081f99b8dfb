/**
 * The samples `start … start + length − 1` of a signal that goes on beyond its ends as a mirror image: x[−k] = x[k] before the start
 * and x[n−1+k] = x[n−k] behind the end, as libswresample has it. A signal shorter than the stretch is mirrored again and again.
 */
export function mirrored(samples: Float32Array, start: number, length: number): Float32Array {
  const stretch = new Float32Array(length);
  const inside = { from: Math.max(start, 0), to: Math.min(start + length, samples.length) };
  if (inside.from < inside.to) stretch.set(samples.subarray(inside.from, inside.to), inside.from - start);
  const fill = (from: number, to: number) => {
    for (let i = from; i < to; i++) stretch[i] = samples[mirrorIndex(start + i, samples.length)]!;
  };
  fill(0, Math.min(length, -start));
  fill(Math.max(0, samples.length - start), length);
  return stretch;
}

/** Both mirrors together repeat every 2n − 1 samples: x0 x1 … x(n−1) x(n−1) … x1. */
function mirrorIndex(index: number, count: number): number {
  const period = 2 * count - 1;
  const place = ((index % period) + period) % period;
  return place < count ? place : period - place;
}
