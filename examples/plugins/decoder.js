import { readFile } from 'node:fs/promises';
import { DataError, defineComponent, definePlugin, z } from '@refrain/core';

/** Below 30 dB the mean of the channels is what is left of them after they cancel each other out. */
const CANCELLED = 1e-3;

const meanSquare = (samples) => samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;

function channelsOf(bytes) {
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE') return undefined;
  let format;
  for (let at = 12; at + 8 <= bytes.length; at += 8 + bytes.readUInt32LE(at + 4)) {
    const name = bytes.toString('latin1', at, at + 4);
    if (name === 'fmt ' && at + 24 <= bytes.length)
      format = {
        kind: bytes.readUInt16LE(at + 8),
        count: bytes.readUInt16LE(at + 10),
        rate: bytes.readUInt32LE(at + 12),
        bits: bytes.readUInt16LE(at + 22),
      };
    if (name !== 'data') continue;
    if (format?.kind !== 1 || format.bits !== 16 || format.count === 0) return undefined;
    const end = Math.min(bytes.length, at + 8 + bytes.readUInt32LE(at + 4));
    const length = Math.floor((end - at - 8) / (2 * format.count));
    const sample = (i, channel) => bytes.readInt16LE(at + 8 + 2 * (i * format.count + channel)) / 32_768;
    const channels = Array.from({ length: format.count }, (_, c) =>
      Float32Array.from({ length }, (__, i) => sample(i, c)),
    );
    return { channels, sampleRate: format.rate };
  }
}

async function decode(path, { signal } = {}) {
  signal?.throwIfAborted();
  const bytes = await readFile(path).catch((cause) => {
    throw new DataError(path, `${path} cannot be read.`, { cause });
  });
  const found = channelsOf(bytes);
  if (found === undefined || found.channels[0].length === 0)
    throw new DataError(path, `${path}: expected a wav file of 16-bit samples, found something else or no samples.`);
  const { channels, sampleRate } = found;
  const mean = channels[0].map((_, i) => channels.reduce((sum, channel) => sum + channel[i], 0) / channels.length);
  const loudest = channels.reduce((best, channel) => (meanSquare(channel) > meanSquare(best) ? channel : best));
  return { samples: meanSquare(mean) < CANCELLED * meanSquare(loudest) ? loudest : mean, sampleRate };
}

export const wavOnly = defineComponent({
  name: 'wav-only',
  description: 'wav files of 16-bit samples, and no others',
  options: z.object({}),
  create: () => ({ name: 'wav-only', fingerprint: 'wav-only-1', decode }),
});

export default definePlugin({ decoder: [wavOnly] });
