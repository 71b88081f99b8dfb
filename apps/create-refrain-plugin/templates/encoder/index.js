/** @import { Encoder, Waveform } from '@refrain/core' */
import { DataError, defineComponent, definePlugin, numberOption, z } from '@refrain/core';

const SAMPLE_RATE = 16_000;
/** Frequencies in Hz that it listens to, four to an octave. */
const FREQUENCIES = Float64Array.from({ length: 24 }, (_, i) => 80 * 2 ** (i / 4));

/**
 * How loud some frequencies are in each segment: their powers in decibels, by Goertzel's algorithm (1958).
 * @param {{ windowSeconds: number }} options
 * @returns {Encoder}
 */
export function createEncoder({ windowSeconds }) {
  const width = Math.round(windowSeconds * SAMPLE_RATE);
  return {
    name: 'my-encoder',
    sampleRate: SAMPLE_RATE,
    dim: FREQUENCIES.length,
    // It must change with the numbers: with a model's weights, and with every option that they depend on.
    fingerprint: `my-encoder 1, ${windowSeconds} s`,
    grid: { windowSeconds, hopSeconds: windowSeconds },
    async encode(waveform, { signal } = {}) {
      check(waveform);
      const { samples } = waveform;
      // A last partial segment is dropped; a clip that is shorter than one is one.
      const rows = Math.max(1, Math.floor(samples.length / width));
      const data = new Float32Array(rows * FREQUENCIES.length);
      for (let row = 0; row < rows; row++) {
        signal?.throwIfAborted();
        const segment = samples.subarray(row * width, (row + 1) * width);
        for (const [i, frequency] of FREQUENCIES.entries())
          data[row * FREQUENCIES.length + i] = decibels(segment, frequency);
      }
      return { data, rows, cols: FREQUENCIES.length };
    },
  };
}

/** @param {Waveform} waveform */
function check({ samples, sampleRate }) {
  if (sampleRate !== SAMPLE_RATE) throw new DataError('audio', `Expected ${SAMPLE_RATE} Hz, got ${sampleRate}.`);
  if (samples.length === 0) throw new DataError('audio', 'Expected audio, got no sample.');
  if (!samples.every(Number.isFinite)) throw new DataError('audio', 'Expected samples that are numbers.');
}

/**
 * @param {Float32Array} segment
 * @param {number} frequency
 */
function decibels(segment, frequency) {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / SAMPLE_RATE);
  let [last, before] = [0, 0];
  for (const sample of segment) [last, before] = [sample + coefficient * last - before, last];
  const power = last * last + before * before - coefficient * last * before;
  return 10 * Math.log10(1e-10 + Math.max(0, power) / segment.length ** 2);
}

const component = defineComponent({
  name: 'my-encoder',
  description: 'how loud some frequencies are',
  options: z.object({
    windowSeconds: numberOption((n) => n.positive())
      .default(1)
      .describe('length of a segment in seconds'),
  }),
  create: createEncoder,
});

export default definePlugin({ encoder: [component] });
