const HALF = 15;

/**
 * The signal without what lies above `cutoff` (as a share of its sample rate, 0…0.5): a Hann-windowed sinc of 31 taps,
 * so about −6 dB at the cutoff. Same length, no delay; beyond both ends the signal counts as zero.
 */
export function lowPass(samples: Float32Array, cutoff: number): Float32Array {
  const taps = tapsFor(cutoff);
  const result = new Float32Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    let sum = taps[0]! * samples[i]!;
    const reach = Math.min(HALF, Math.max(i, samples.length - 1 - i));
    for (let k = 1; k <= reach; k++) {
      const before = i >= k ? samples[i - k]! : 0;
      const after = i + k < samples.length ? samples[i + k]! : 0;
      sum += taps[k]! * (before + after);
    }
    result[i] = sum;
  }
  return result;
}

// One side of a symmetric filter that passes 0 Hz unchanged.
function tapsFor(cutoff: number): Float64Array {
  const taps = new Float64Array(HALF + 1);
  taps[0] = 2 * cutoff;
  for (let k = 1; k <= HALF; k++) {
    const window = 0.5 + 0.5 * Math.cos((Math.PI * k) / (HALF + 1));
    taps[k] = (Math.sin(2 * Math.PI * cutoff * k) / (Math.PI * k)) * window;
  }
  const gain = taps.reduce((sum, tap, k) => sum + (k === 0 ? tap : 2 * tap), 0);
  return taps.map((tap) => tap / gain);
}
