import { DataError, type Encoder, type Matrix, type Waveform } from '@refrain/core';

/** Checks what every encoder asks of a waveform. Throws a DataError for another sample rate, no sample, or one that is not finite. */
export function checkWaveform(waveform: Waveform, { name, sampleRate }: Pick<Encoder, 'name' | 'sampleRate'>): void {
  const { samples } = waveform;
  if (waveform.sampleRate !== sampleRate) {
    throw new DataError(
      name,
      `The ${name} encoder needs audio at ${sampleRate} Hz, this is at ${waveform.sampleRate} Hz: resample it first.`,
    );
  }
  if (samples.length === 0) throw new DataError(name, `The ${name} encoder got audio without a single sample.`);
  const bad = firstNotFinite(samples);
  if (bad !== -1) {
    throw new DataError(name, `The ${name} encoder needs finite samples, but sample ${bad} is ${samples[bad]}.`);
  }
}

/** `embeddings` themselves. Throws a DataError where the model of the encoder `name` gave a number that is not finite. */
export function checkedEmbeddings(embeddings: Matrix, name: string): Matrix {
  if (firstNotFinite(embeddings.data) === -1) return embeddings;
  throw new DataError(name, `The model of the ${name} encoder gave numbers that are not finite for this audio.`);
}

/** By a loop: `findIndex` makes an object of every sample, megabytes for a clip. */
function firstNotFinite(values: Float32Array): number {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return i;
  return -1;
}

/**
 * Where the segments of a clip begin, in samples: 0, hop, 2·hop … as long as a whole `window` fits, so a last partial piece is
 * dropped. A clip shorter than the window is one segment.
 */
export function segmentStarts(samples: number, window: number, hop: number): Uint32Array {
  const count = samples < window ? 1 : 1 + Math.floor((samples - window) / hop);
  return Uint32Array.from({ length: count }, (_, i) => i * hop);
}
