import type { AudioFrame } from './api.ts';

interface SampleFormat {
  /** Bytes of one sample. */
  readonly width: number;
  read(plane: DataView, offset: number): number;
}

// Integers are divided by 2^(bits−1), as everywhere here. Their bytes stand in the order of the machine, which is little-endian wherever
// node-av is built for.
const uint8: SampleFormat = { width: 1, read: (plane, offset) => (plane.getUint8(offset) - 128) / 128 };
const int16: SampleFormat = { width: 2, read: (plane, offset) => plane.getInt16(offset, true) / 32_768 };
const int32: SampleFormat = { width: 4, read: (plane, offset) => plane.getInt32(offset, true) / 2_147_483_648 };
const float32: SampleFormat = { width: 4, read: (plane, offset) => plane.getFloat32(offset, true) };
const float64: SampleFormat = { width: 8, read: (plane, offset) => plane.getFloat64(offset, true) };

/** By AVSampleFormat (FFmpeg, libavutil/samplefmt.h): first the interleaved formats, then the planar ones. */
const INTERLEAVED: readonly SampleFormat[] = [uint8, int16, int32, float32, float64];

/**
 * The samples of a frame, its `channels` channels in turn. A frame of another number of channels has its mean, summed in float64, in all of
 * them. Throws an Error for 64-bit integers and what FFmpeg may come to add.
 */
export function interleaved(frame: AudioFrame, channels: number): Float32Array {
  const { format, nbSamples } = frame;
  const planar = format >= INTERLEAVED.length;
  const sample = INTERLEAVED[planar ? format - INTERLEAVED.length : format];
  if (sample === undefined) throw new Error(`its sample format, number ${format} of FFmpeg, is not read`);
  const planes = (frame.extendedData ?? []).map((plane) => new DataView(plane.buffer, plane.byteOffset, plane.length));
  if (planes.length < (planar ? frame.channels : 1))
    throw new Error(`FFmpeg gave ${planes.length} of ${frame.channels} channels`);
  const [stride, step] = planar ? [sample.width, 0] : [sample.width * frame.channels, sample.width];
  const read = (i: number, channel: number) => sample.read(planes[planar ? channel : 0]!, i * stride + channel * step);
  const samples = new Float32Array(nbSamples * channels);
  for (let i = 0; i < nbSamples; i++) {
    if (frame.channels === channels) {
      for (let channel = 0; channel < channels; channel++) samples[i * channels + channel] = read(i, channel);
    } else {
      let sum = 0;
      for (let channel = 0; channel < frame.channels; channel++) sum += read(i, channel);
      samples.fill(sum / frame.channels, i * channels, (i + 1) * channels);
    }
  }
  return samples;
}
