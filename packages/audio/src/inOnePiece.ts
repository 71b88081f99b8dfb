import { DataError, type Encoder, type Waveform } from '@refrain/core';

/** A waveform as a single piece. Throws a DataError, when it is asked for it, for another sample rate than the encoder's. */
export async function* inOnePiece(
  waveform: Waveform,
  { name, sampleRate }: Pick<Encoder, 'name' | 'sampleRate'>,
): AsyncGenerator<Float32Array> {
  if (waveform.sampleRate !== sampleRate)
    throw new DataError(
      name,
      `The ${name} encoder needs audio at ${sampleRate} Hz, this is at ${waveform.sampleRate} Hz: resample it first.`,
    );
  yield waveform.samples;
}
