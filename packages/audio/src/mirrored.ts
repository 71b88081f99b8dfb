import type { SampleQueue } from './sampleQueue.ts';

/**
 * The samples `start … start + length − 1` of a signal that goes on beyond its ends as a mirror image: x[−k] = x[k] before the start
 * and x[n−1+k] = x[n−k] behind the end, as libswresample has it. A signal shorter than the stretch is mirrored again and again. Not to be
 * changed, as it may not be a copy. A stretch that ends behind what has come of the signal makes that its end.
 */
export function mirrored(signal: SampleQueue, start: number, length: number): Float32Array {
  const inside = { from: Math.max(start, 0), to: Math.min(start + length, signal.end) };
  if (inside.from === start && inside.to === start + length) return signal.read(start, length);
  const stretch = new Float32Array(length);
  if (inside.from < inside.to) stretch.set(signal.read(inside.from, inside.to - inside.from), inside.from - start);
  const fill = (from: number, to: number) => {
    for (let i = from; i < to; i++) stretch[i] = signal.read(mirrorIndex(start + i, signal.end), 1)[0]!;
  };
  fill(0, Math.min(length, -start));
  fill(Math.max(0, signal.end - start), length);
  return stretch;
}

/** Both mirrors together repeat every 2n − 1 samples: x0 x1 … x(n−1) x(n−1) … x1. */
function mirrorIndex(index: number, count: number): number {
  const period = 2 * count - 1;
  const place = ((index % period) + period) % period;
  return place < count ? place : period - place;
}
