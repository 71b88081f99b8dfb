import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AudioStream } from '../dataset.ts';
import type { Decoder } from '../decoder.ts';
import { DataError } from '../errors.ts';
import { seededRandom } from '../random.ts';
import { closing } from './closing.ts';

const SAMPLE_RATE = 22_050;

/**
 * The conformance suite of the Decoder contract: call it inside a `describe`, with a function that opens the decoder. The files it makes are
 * wav, which every decoder has to read.
 */
export function testDecoder(create: () => Decoder | Promise<Decoder>): void {
  const open = (use: (decoder: Decoder, folder: string) => Promise<void>) =>
    closing(create, async (decoder) => use(decoder, await mkdtemp(join(tmpdir(), 'refrain-decoder-'))));
  const file = async (folder: string, name: string, content: Uint8Array | string) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };

  describe('keeps the Decoder contract', () => {
    it('has a name, and a fingerprint that stays', () =>
      open(async (decoder) => {
        expect(decoder.name).toMatch(/^[a-z][a-z0-9-]*$/);
        expect(decoder.fingerprint).not.toBe('');
        expect(decoder.filesAtOnce ?? 1).toBeGreaterThanOrEqual(1);
        await open(async (again) => expect(again.fingerprint).toBe(decoder.fingerprint));
      }));

    it('gives the samples of a mono file, and its sample rate', () =>
      open(async (decoder, folder) => {
        const channel = noise(5000, 'mono');
        const { samples, sampleRate } = await decoder.decode(await file(folder, 'mono.wav', wav([channel])));
        expect(sampleRate).toBe(SAMPLE_RATE);
        expect(samples).toEqual(scaled(channel));
      }));

    it('gives the mean of the channels', () =>
      open(async (decoder, folder) => {
        const channels = [noise(5000, 'left'), noise(5000, 'right')];
        const { samples } = await decoder.decode(await file(folder, 'stereo.wav', wav(channels)));
        const [left, right] = channels.map(scaled);
        expect(
          largestDifference(
            samples,
            left!.map((sample, i) => (sample + right![i]!) / 2),
          ),
        ).toBeLessThan(1e-6);
      }));

    it('gives the channels apart in pieces, where it can', () =>
      open(async (decoder, folder) => {
        if (decoder.stream === undefined) return;
        const channels = [noise(5000, 'left'), noise(5000, 'right')];
        for (const given of [channels, channels.slice(0, 1)]) {
          const path = await file(folder, `${given.length}.wav`, wav(given));
          expect(await channelsOf(await decoder.stream(path))).toEqual({
            sampleRate: SAMPLE_RATE,
            channels: given.map(scaled),
          });
        }
        const missing = join(folder, 'missing-clip.wav');
        await expect(decoder.stream(missing)).rejects.toThrow(missing);
        const reason = new Error('told to stop');
        await expect(decoder.stream(missing, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      }));

    it('takes the loudest of channels that cancel each other out in their mean', () =>
      open(async (decoder, folder) => {
        const left = noise(5000, 'left').map((sample) => sample >> 1);
        const right = left.map((sample) => -sample);
        const { samples } = await decoder.decode(await file(folder, 'inverted.wav', wav([left, right])));
        expect(samples).toEqual(scaled(left));
      }));

    it('reads many files at once, each as if it were alone, whatever their names', () =>
      open(async (decoder, folder) => {
        const names = [
          'plain.wav',
          'with space.wav',
          "quote's.wav",
          '-dash.wav',
          'naïve 🎵.wav',
          'no-extension',
          'a:b%d.mp3',
        ];
        const paths = await Promise.all(names.map((name, i) => file(folder, name, wav([noise(2000 + i, name)]))));
        const together = await Promise.all([...paths, ...paths].map((path) => decoder.decode(path)));
        for (const [i, path] of paths.entries()) {
          expect(together[i]!.samples).toEqual(scaled(noise(2000 + i, names[i]!)));
          expect(together[i + names.length]).toEqual(together[i]);
          expect(await decoder.decode(path)).toEqual(together[i]);
        }
      }));

    it('refuses what is no audio file by its path, and goes on with its neighbours', () =>
      open(async (decoder, folder) => {
        await mkdir(join(folder, 'folder.wav'));
        const good = await file(folder, 'good.wav', wav([noise(3000, 'good')]));
        const bad = [
          join(folder, 'missing-clip.wav'),
          join(folder, 'folder.wav'),
          await file(folder, 'empty.wav', ''),
          await file(folder, 'text.mp3', 'no audio at all, '.repeat(200)),
          await file(folder, 'header-only.wav', wav([new Int16Array(0)])),
        ];
        const outcomes = await Promise.allSettled([good, ...bad, good].map((path) => decoder.decode(path)));
        expect(outcomes.at(0)).toEqual(outcomes.at(-1));
        expect(outcomes[0]).toMatchObject({ status: 'fulfilled', value: { sampleRate: SAMPLE_RATE } });
        for (const [i, path] of bad.entries()) {
          const outcome = outcomes[i + 1]!;
          expect(outcome, path).toMatchObject({ status: 'rejected', reason: expect.any(DataError) });
          expect((outcome as PromiseRejectedResult).reason.message).toContain(path);
        }
      }));

    it('stops when it is told to', () =>
      open(async (decoder, folder) => {
        const path = await file(folder, 'a.wav', wav([noise(5000, 'a')]));
        const reason = new Error('told to stop');
        await expect(decoder.decode(path, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
        expect((await decoder.decode(path, { signal: new AbortController().signal })).samples).toHaveLength(5000);
      }));

    it('can be closed twice', async () => {
      const decoder = await create();
      await decoder.close?.();
      await decoder.close?.();
    });
  });
}

async function channelsOf({ sampleRate, pieces }: AudioStream) {
  const channels: number[][] = [];
  for await (const piece of pieces) {
    for (const [i, samples] of piece.entries()) {
      channels[i] ??= [];
      for (const sample of samples) channels[i].push(sample);
    }
  }
  return { sampleRate, channels: channels.map((samples) => Float32Array.from(samples)) };
}

/** 16-bit samples, the same for the same name. */
function noise(length: number, name: string): Int16Array {
  const random = seededRandom(`decoder conformance ${name}`);
  return Int16Array.from({ length }, () => random.integer(65_536) - 32_768);
}

const scaled = (channel: Int16Array) => Float32Array.from(channel, (sample) => sample / 32_768);

/** The bytes of a 16-bit PCM wav file with these channels (Microsoft and IBM 1991, Multimedia Programming Interface, WAVE). */
function wav(channels: readonly Int16Array[]): Uint8Array {
  const [count, length] = [channels.length, channels[0]!.length];
  const data = new Int16Array(count * length);
  for (let i = 0; i < data.length; i++) data[i] = channels[i % count]![Math.floor(i / count)]!;
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + data.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(count, 22);
  header.writeUInt32LE(SAMPLE_RATE, 24);
  header.writeUInt32LE(SAMPLE_RATE * 2 * count, 28);
  header.writeUInt16LE(2 * count, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(data.byteLength, 40);
  return Buffer.concat([header, new Uint8Array(data.buffer)]);
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a).toHaveLength(b.length);
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0);
}
