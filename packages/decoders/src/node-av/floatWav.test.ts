import { decodeAudio } from '@refrain/audio';
import { expect, it } from 'vitest';
import { floatWav } from './floatWav.ts';

it('floatWav writes what is read back bit by bit', async () => {
  const pieces = [Float32Array.of(0, -1, 1.25), Float32Array.of(0.1, 2 ** -30)];
  const wav = floatWav(pieces.map((samples) => ({ samples, sampleRate: 22_050 })));
  const samples = Float32Array.of(0, -1, 1.25, 0.1, 2 ** -30);
  expect(await decodeAudio(wav, 'a.wav')).toEqual({ samples, sampleRate: 22_050 });
});
