/**
 * Delays of the combs and all-passes in seconds: those of Schroeder (1962) as tuned by the public-domain Freeverb (Jezar
 * 2000).
 */
const COMBS = [0.0253, 0.0269, 0.029, 0.0307, 0.0322, 0.0338];
const ALL_PASSES = [0.0126, 0.01, 0.0051];
const FEEDBACK = 0.8;
const DAMPING = 0.35;

/**
 * Adds a room to a mono signal in place: six damped combs in parallel, three all-passes in series. `wet` is their share,
 * 0…1.
 */
export function addReverb(samples: Float32Array, sampleRate: number, wet: number): void {
  const tail = new Float32Array(samples.length);
  for (const delay of COMBS) comb(samples, tail, Math.round(delay * sampleRate));
  for (const delay of ALL_PASSES) allPass(tail, Math.round(delay * sampleRate));
  const gain = wet / COMBS.length;
  for (let i = 0; i < samples.length; i++) samples[i] = (1 - 0.4 * wet) * samples[i]! + gain * tail[i]!;
}

function comb(input: Float32Array, output: Float32Array, length: number): void {
  const line = new Float32Array(length);
  let damped = 0;
  for (let i = 0, at = 0; i < input.length; i++, at = at + 1 === length ? 0 : at + 1) {
    const delayed = line[at]!;
    damped = delayed * (1 - DAMPING) + damped * DAMPING;
    line[at] = input[i]! + damped * FEEDBACK;
    output[i]! += delayed;
  }
}

function allPass(signal: Float32Array, length: number): void {
  const line = new Float32Array(length);
  for (let i = 0, at = 0; i < signal.length; i++, at = at + 1 === length ? 0 : at + 1) {
    const delayed = line[at]!;
    const input = signal[i]!;
    line[at] = input + delayed * 0.5;
    signal[i] = delayed - input * 0.5;
  }
}
