import { decodeAudio, streamAudio } from '@refrain/audio';
import { expect, it } from 'vitest';
import { floatWav } from './floatWav.ts';

it('floatWav writes what is read back bit by bit', async () => {
  const pieces = [Float32Array.of(0, -1, 1.25), Float32Array.of(0.1, 2 ** -30)];
  const wav = floatWav(pieces.map((samples) => ({ samples, sampleRate: 22_050, channels: 1 })));
  const samples = Float32Array.of(0, -1, 1.25, 0.1, 2 ** -30);
  expect(await decodeAudio(wav, 'a.wav')).toEqual({ samples, sampleRate: 22_050 });
});

it('floatWav keeps channels apart', async () => {
  const wav = floatWav([{ samples: Float32Array.of(0, 1, 0.25, 0.5), sampleRate: 8_000, channels: 2 }]);
  const { pieces } = await streamAudio(wav, 'a.wav');
  const channels = [];
  for await (const piece of pieces) channels.push(...piece);
  expect(channels).toEqual([Float32Array.of(0, 0.25), Float32Array.of(1, 0.5)]);
});
