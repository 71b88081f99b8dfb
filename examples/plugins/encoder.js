import { DataError, defineComponent, definePlugin, numberOption, z } from '@refrain/core';

const SAMPLE_RATE = 8000;

/** How loud each piece of a second is: a segment is a second, cut into `parts`. */
function loudness({ parts }) {
  const length = Math.floor(SAMPLE_RATE / parts);
  const encode = async ({ samples, sampleRate }, { signal } = {}) => {
    signal?.throwIfAborted();
    if (sampleRate !== SAMPLE_RATE || samples.length === 0)
      throw new DataError(
        'audio',
        `expected samples at ${SAMPLE_RATE} Hz, found ${samples.length} at ${sampleRate} Hz.`,
      );
    if (!samples.every(Number.isFinite)) throw new DataError('audio', 'expected finite samples, found others.');
    const rows = Math.max(1, Math.floor(samples.length / (parts * length)));
    const data = Float32Array.from({ length: rows * parts }, (_, k) => {
      const part = samples.subarray(k * length, (k + 1) * length);
      return Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, part.length));
    });
    return { data, rows, cols: parts };
  };
  return { name: 'loudness', sampleRate: SAMPLE_RATE, dim: parts, fingerprint: `loudness-1-${parts}`, encode };
}

export const loudnessEncoder = defineComponent({
  name: 'loudness',
  description: 'how loud each part of every second is',
  options: z.object({
    parts: numberOption((n) => n.int().min(2).max(100))
      .default(20)
      .describe('parts of a second'),
  }),
  create: loudness,
});

export default definePlugin({ encoder: [loudnessEncoder] });
