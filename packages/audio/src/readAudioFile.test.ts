import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAudioFile, streamAudioFile } from './decode.ts';
import { encodeWav } from './wav.ts';

describe('readAudioFile', () => {
  let folder: string;
  const path = (name: string) => join(folder, name);
  const tone = encodeWav({ samples: Float32Array.of(0.5, -0.5), sampleRate: 8_000 });
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'refrain-audio-'));
    writeFileSync(path('tone.mp3'), tone);
    writeFileSync(path('empty.wav'), '');
    writeFileSync(path('secret.wav'), tone);
    chmodSync(path('secret.wav'), 0);
    mkdirSync(path('folder.wav'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('goes by the content, not by the name', async () => {
    expect(await readAudioFile(path('tone.mp3'))).toEqual({ samples: Float32Array.of(0.5, -0.5), sampleRate: 8_000 });
  });

  it('passes the options on', async () => {
    await expect(readAudioFile(path('tone.mp3'), { maxSeconds: 0.0001 })).rejects.toThrow(/maxSeconds/);
  });

  it.each([
    ['missing.wav', /no such file/],
    ['tone.mp3/below.wav', /no such file/],
    ['folder.wav', /a folder/],
    ['empty.wav', /empty/],
  ])('refuses %s', async (name, message) => {
    const error = await readAudioFile(path(name)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).source).toBe(path(name));
    expect((error as DataError).message).toMatch(message);
  });

  it('reads a large wav piece by piece, to its end', async () => {
    const frames = 9_000_007;
    const header = Buffer.from(encodeWav({ samples: new Float32Array(1), sampleRate: 44_100 }).subarray(0, 44));
    header.writeUInt16LE(2, 22);
    header.writeUInt16LE(4, 32);
    header.writeUInt32LE(frames * 4, 40);
    const file = openSync(path('large.wav'), 'w');
    writeSync(file, header, 0, 44, 0);
    // The rest of the file is a hole, read as zeros.
    writeSync(file, Int16Array.of(8_192, -16_384), 0, 4, 44);
    writeSync(file, Int16Array.of(-32_768, 16_384), 0, 4, 44 + (frames - 1) * 4);
    closeSync(file);
    const { sampleRate, pieces } = await streamAudioFile(path('large.wav'));
    let [samples, longest] = [0, 0];
    let [first, last]: (readonly number[] | undefined)[] = [undefined, undefined];
    for await (const channels of pieces) {
      first ??= channels.map((channel) => channel[0]!);
      last = channels.map((channel) => channel.at(-1)!);
      samples += channels[0]!.length;
      longest = Math.max(longest, channels[0]!.length);
    }
    expect({ sampleRate, samples, first, last }).toEqual({
      sampleRate: 44_100,
      samples: frames,
      first: [0.25, -0.5],
      last: [-1, 0.5],
    });
    expect(longest).toBeLessThan(frames / 50);
    await expect(streamAudioFile(path('large.wav'), { maxSeconds: 200 })).rejects.toThrow(/maxSeconds/);
  });

  // The superuser may read everything.
  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'refuses what it may not read (root may read everything, so it is skipped for root)',
    async () => {
      await expect(readAudioFile(path('secret.wav'))).rejects.toThrow(/may not be read/);
    },
  );
});
