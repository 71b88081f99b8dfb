/** @import { Decoder } from '@refrain/core' */
import { readFile } from 'node:fs/promises';
import { DataError, defineComponent, definePlugin, z } from '@refrain/core';

/** As `@refrain/audio` does: from here on channels cancel each other out in their mean (30 dB). */
const CANCELLED = 1e-3;

/**
 * Reads wav files of 16 bits.
 * @returns {Decoder}
 */
export function createDecoder() {
  return {
    name: 'my-decoder',
    // It is part of the key under which embeddings are cached: change it with the numbers.
    fingerprint: 'my-decoder 1',
    async decode(path, { signal } = {}) {
      signal?.throwIfAborted();
      const bytes = await readFile(path).catch((cause) => {
        throw new DataError(path, `${path} cannot be read: ${cause.message}`, { cause });
      });
      return decodeWav(bytes, path);
    },
  };
}

/**
 * @param {Buffer} bytes
 * @param {string} path
 */
function decodeWav(bytes, path) {
  const refuse = (/** @type {string} */ why) => new DataError(path, `${path} ${why}.`);
  if (bytes.toString('latin1', 0, 4) !== 'RIFF' || bytes.toString('latin1', 8, 12) !== 'WAVE')
    throw refuse('is no wav file');
  const format = chunk(bytes, 'fmt ');
  const data = chunk(bytes, 'data');
  if (format === undefined || format.length < 16 || data === undefined) throw refuse('lacks a chunk');
  const [kind, count, bits] = [format.readUInt16LE(0), format.readUInt16LE(2), format.readUInt16LE(14)];
  if (kind !== 1 || bits !== 16 || count === 0) throw refuse('is not of 16-bit PCM');
  const length = Math.floor(data.length / (2 * count));
  if (length === 0) throw refuse('holds no audio');
  const channels = Array.from({ length: count }, (_, channel) =>
    Float32Array.from({ length }, (_, i) => data.readInt16LE(2 * (i * count + channel)) / 32_768),
  );
  return { samples: mixedDown(channels), sampleRate: format.readUInt32LE(4) };
}

/**
 * The content of the first chunk of a name.
 * @param {Buffer} bytes
 * @param {string} name
 */
function chunk(bytes, name) {
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32LE(at + 4);
    if (bytes.toString('latin1', at, at + 4) === name) return bytes.subarray(at + 8, at + 8 + size);
    at += 8 + size + (size % 2);
  }
  return undefined;
}

/**
 * The mean of the channels, or the loudest where they cancel each other out in it.
 * @param {Float32Array[]} channels
 */
function mixedDown(channels) {
  const [first = new Float32Array()] = channels;
  const mean = first.map((_, i) => channels.reduce((sum, samples) => sum + Number(samples[i]), 0) / channels.length);
  const power = (/** @type {Float32Array} */ samples) => samples.reduce((sum, sample) => sum + sample * sample, 0);
  const loudest = channels.reduce((best, samples) => (power(samples) > power(best) ? samples : best), first);
  return power(mean) < CANCELLED * power(loudest) ? loudest : mean;
}

const component = defineComponent({
  name: 'my-decoder',
  description: 'wav files of 16 bits',
  options: z.object({}),
  create: createDecoder,
});

export default definePlugin({ decoder: [component] });
