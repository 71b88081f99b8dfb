import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { ConfigError, DataError, type Decoder, quietHost, seededRandom } from '@refrain/core';
import { describeWithData, testDataPath, testDecoder } from '@refrain/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtin } from '../builtin/builtin.ts';
import { ffmpeg } from './ffmpeg.ts';

const installed = spawnSync('ffmpeg', ['-version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'refrain-ffmpeg-'));
const fileOf = (name: string) => join(folder, name);
const written = (name: string, content: Uint8Array | string) => {
  writeFileSync(fileOf(name), content);
  return fileOf(name);
};
const open = (options: { command?: string; filesAtOnce?: number; maxSeconds?: number } = {}) =>
  ffmpeg.create({ command: 'ffmpeg', filesAtOnce: 8, maxSeconds: 3600, ...options }, quietHost());
const encoded = (name: string, ...options: string[]) => {
  execFileSync('ffmpeg', ['-v', 'error', '-y', ...options, `file:${fileOf(name)}`]);
  return fileOf(name);
};

/** Three sines that fade, so that a shift of a sample would show. */
const chord = (sampleRate: number) => ({
  sampleRate,
  samples: Float32Array.from({ length: sampleRate }, (_, i) => {
    const t = i / sampleRate;
    return 0.25 * Math.exp(-t) * [220, 554.37, 1318.5].reduce((sum, f) => sum + Math.sin(2 * Math.PI * f * t), 0);
  }),
});

describe('the decoder ffmpeg without its program', () => {
  it('says how to install it', async () => {
    const error = await Promise.resolve(open({ command: 'no-such-ffmpeg' })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      option: 'decoder',
      message: expect.stringMatching(/no-such-ffmpeg.*apt-get install ffmpeg/),
    });
  });

  it.skipIf(process.platform === 'win32')('refuses another program', async () => {
    await expect(open({ command: 'echo' })).rejects.toMatchObject({ option: 'decoder.command' });
  });
});

describe.skipIf(!installed)(`the decoder ffmpeg${installed ? '' : ' (skipped: no program ffmpeg on the PATH)'}`, () => {
  let decoder: Decoder;
  let reference: Decoder;
  beforeAll(async () => {
    [decoder, reference] = await Promise.all([open(), builtin.create({ maxSeconds: 3600 })]);
  });
  afterAll(() => decoder.close?.());

  testDecoder(() => open());

  it('has the version of the program in its fingerprint', () => {
    const [line] = execFileSync('ffmpeg', ['-version'], { encoding: 'utf8' }).split('\n');
    expect(decoder.fingerprint).toContain(line);
  });

  it.each([
    ['pcm_s16le', 2, 'wav'],
    ['pcm_s24le', 6, 'wav'],
    ['pcm_u8', 1, 'wav'],
    ['pcm_s32le', 1, 'wav'],
    ['pcm_f32le', 2, 'wav'],
    ['pcm_mulaw', 1, 'wav'],
    ['pcm_s16be', 3, 'au'],
    ['flac', 2, 'flac'],
  ])('gives exactly the samples of the built-in decoder: %s, %i channels, %s', async (codec, channels, extension) => {
    const sines = Array.from({ length: channels }, (_, i) => `0.4*sin(2*PI*${220 + 100 * i}*t)`).join('|');
    const source = ['-f', 'lavfi', '-i', `aevalsrc=${sines}:s=22050:d=0.3`];
    const path = encoded(`${codec}-${channels}.${extension}`, ...source, '-c:a', codec);
    expect(await decoder.decode(path)).toEqual(await reference.decode(path));
  });

  it.each([
    ['m4a', 44_100, ['-c:a', 'aac', '-b:a', '160k']],
    ['opus', 48_000, ['-c:a', 'libopus', '-b:a', '128k']],
  ])('reads %s: as long as the original, and close to it', async (extension, sampleRate, codec) => {
    const original = chord(sampleRate);
    const path = encoded(`chord.${extension}`, '-i', written(`${extension}.wav`, encodeWav(original)), ...codec);
    const decoded = await decoder.decode(path);
    expect(decoded.sampleRate).toBe(sampleRate);
    // A frame of AAC has 1024 samples, one of Opus 960.
    expect(Math.abs(decoded.samples.length - original.samples.length)).toBeLessThan(1024);
    let [signal, error] = [0, 0];
    for (const [i, sample] of original.samples.entries()) {
      signal += sample ** 2;
      error += (sample - (decoded.samples[i] ?? 0)) ** 2;
    }
    // A delay of one sample would by itself make it 1/85 or more (mean of 2 − 2 cos(2πf/rate) over the sines), √2 of loudness 1/6.
    expect(error).toBeLessThan(signal / 100);
  });

  it('reads each of eight files as if it were alone, a broken one among them or not', async () => {
    const paths = Array.from({ length: 8 }, (_, i) =>
      written(`eight ${i}.wav`, encodeWav({ ...chord(8000), samples: chord(8000).samples.subarray(i * 100) })),
    );
    paths[2] = encoded('eight.mp3', '-i', paths[2]!, '-c:a', 'libmp3lame');
    paths[5] = written('damaged.mp3', damaged(readFileSync(paths[2])));
    const alone: unknown[] = [];
    for (const path of paths) alone.push(await decoder.decode(path));
    expect(await Promise.all(paths.map((path) => decoder.decode(path)))).toEqual(alone);
    const broken = [...paths];
    broken[3] = written('broken.m4a', 'no audio at all, '.repeat(100));
    const outcomes = await Promise.allSettled(broken.map((path) => decoder.decode(path)));
    expect(outcomes[3]).toMatchObject({ status: 'rejected', reason: expect.any(DataError) });
    for (const i of [0, 1, 2, 4, 5, 6, 7]) expect(outcomes[i]).toEqual({ status: 'fulfilled', value: alone[i] });
  });

  it('opens no other file than the one that is named', async () => {
    written('secret.wav', encodeWav(chord(8000)));
    const lists = [
      written('list.mp3', 'ffconcat version 1.0\nfile secret.wav\n'),
      written('list.m3u8', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.wav\n#EXT-X-ENDLIST\n'),
    ];
    for (const path of lists) await expect(decoder.decode(path)).rejects.toBeInstanceOf(DataError);
  });

  it('refuses what is no file by itself', async () => {
    for (const path of ['http://localhost/a.mp3', 'concat:a.wav|b.wav', '/dev/zero', 'pipe:0']) {
      await expect(decoder.decode(path)).rejects.toThrow(/no such file|not a file/);
    }
  });

  it('refuses what is longer than it may be, and no more than that', async () => {
    const [long, short] = [3, 1].map((seconds) =>
      written(`${seconds} s.wav`, encodeWav({ samples: new Float32Array(seconds * 8000), sampleRate: 8000 })),
    );
    const strict = await open({ maxSeconds: 2 });
    const outcomes = await Promise.allSettled([long!, short!].map((path) => strict.decode(path)));
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: expect.any(DataError) });
    expect(String((outcomes[0] as PromiseRejectedResult).reason)).toMatch(/3 s\.wav.*more than 2 s/);
    expect(outcomes[1]).toMatchObject({ status: 'fulfilled' });
    await strict.close?.();
  });

  describeWithData('music-dev', 'on mp3s of music', () => {
    it('agrees with the built-in decoder', async () => {
      const audio = testDataPath('music-dev', 'audio');
      const names = readdirSync(audio, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mp3'));
      const paths = [0, 100, 200].map((i) => join(audio, names.sort()[i]!));
      const decoded = await Promise.all(paths.map((path) => decoder.decode(path)));
      for (const [i, path] of paths.entries()) {
        const { samples, sampleRate } = await reference.decode(path);
        expect(decoded[i]!.sampleRate).toBe(sampleRate);
        expect(decoded[i]!.samples).toHaveLength(samples.length);
        const largest = samples.reduce((most, s, k) => Math.max(most, Math.abs(s - decoded[i]!.samples[k]!)), 0);
        // ISO/IEC 11172-4: a decoder of full accuracy is within 2^-14 of the true value, so two are within 2^-13 of each other.
        expect(largest).toBeLessThanOrEqual(2 ** -13);
      }
    });
  });
});

/** Most frames of an mp3 spoilt. */
function damaged(mp3: Uint8Array): Uint8Array {
  const random = seededRandom('damaged mp3');
  return mp3.map((byte, i) => (i > 1000 && i % 3 === 0 ? random.integer(256) : byte));
}
