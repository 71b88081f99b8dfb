import type { Waveform } from '@refrain/core';

const HEADER_LENGTH = 44;

/**
 * The bytes of a mono 16-bit PCM wav file. Samples are clipped to −1…1, scaled by 32,768 and rounded; +1 becomes 32,767.
 * The sample rate is rounded to whole Hz, as the header can hold no other.
 */
export function encodeWav(waveform: Waveform): Uint8Array {
  const { samples } = waveform;
  const sampleRate = Math.round(waveform.sampleRate);
  const bytes = new Uint8Array(HEADER_LENGTH + samples.length * 2);
  const view = new DataView(bytes.buffer);
  const text = (offset: number, mark: string) => bytes.set(Buffer.from(mark, 'latin1'), offset);
  text(0, 'RIFF');
  view.setUint32(4, bytes.length - 8, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, samples.length * 2, true);
  for (let i = 0; i < samples.length; i++) {
    const scaled = Math.round(samples[i]! * 32_768);
    view.setInt16(HEADER_LENGTH + i * 2, Math.max(-32_768, Math.min(32_767, scaled)), true);
  }
  return bytes;
}
