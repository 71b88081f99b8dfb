import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav } from '@refrain/audio';
import { ConfigError, DataError, type Decoder, quietHost } from '@refrain/core';
import { describeWithData, testDataPath, testDecoder } from '@refrain/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtin } from '../builtin/builtin.ts';
import { ffmpeg } from '../ffmpeg/ffmpeg.ts';
import { openNodeAv } from './nodeAv.ts';

// node-av is no dependency of ours: REFRAIN_NODE_AV names a folder in which it is installed.
const home = process.env.REFRAIN_NODE_AV;
const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'refrain-node-av-'));
const open = (maxSeconds = 3600) => openNodeAv({ maxSeconds }, home ?? folder);

describe('the decoder node-av without its package', () => {
  it('says how to install it, and under which licence it comes', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'refrain-no-node-av-'));
    const error = await openNodeAv({ maxSeconds: 1 }, empty).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigError);
    expect(error).toMatchObject({
      option: 'decoder',
      message: expect.stringMatching(/Install it there by npm.*GPL/),
    });
  });

  it('says so when the package is there and does not load', async () => {
    const broken = join(mkdtempSync(join(tmpdir(), 'refrain-broken-node-av-')), 'node_modules', 'node-av');
    mkdirSync(broken, { recursive: true });
    writeFileSync(join(broken, 'package.json'), '{ "type": "module", "exports": { "./lib": "./lib.js" } }');
    writeFileSync(join(broken, 'lib.js'), "throw new Error('no native binding for this machine');");
    await expect(openNodeAv({ maxSeconds: 1 }, join(broken, '..', '..'))).rejects.toMatchObject({
      option: 'decoder',
      message: expect.stringMatching(/can't be loaded: no native binding for this machine/),
    });
  });

  it('asks it for its version in a process of its own, which is gone after', async () => {
    const place = join(mkdtempSync(join(tmpdir(), 'refrain-fake-node-av-')), 'node_modules', 'node-av');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), '{ "type": "module", "exports": { "./lib": "./lib.js" } }');
    const lib = "export const Log = { setLevel() {} };\nexport const getFFmpegInfo = () => ({ version: '7.1' });";
    writeFileSync(join(place, 'lib.js'), lib);
    const decoder = await openNodeAv({ maxSeconds: 1 }, join(place, '..', '..'));
    // sha256 of {"version":"7.1"}.
    expect(decoder.fingerprint).toBe('node-av-2 FFmpeg 7.1 (4df71ace280e)');
    await decoder.close?.();
  });
});

describe.skipIf(!home)(
  `the decoder node-av${home ? '' : ' (skipped: REFRAIN_NODE_AV names no folder that has it)'}`,
  () => {
    let decoder: Decoder;
    let reference: Decoder;
    beforeAll(async () => {
      [decoder, reference] = await Promise.all([open(), builtin.create({ maxSeconds: 3600 })]);
    });
    afterAll(() => decoder.close?.());

    testDecoder(() => open());

    it('refuses what is longer than it may be', async () => {
      const path = join(folder, 'long.wav');
      writeFileSync(path, encodeWav({ samples: new Float32Array(3 * 8000).fill(0.5), sampleRate: 8000 }));
      const strict = await open(2);
      await expect(strict.decode(path)).rejects.toThrow(/long\.wav.*more than 2 s/);
      await strict.close?.();
      expect((await decoder.decode(path)).samples).toHaveLength(24_000);
    });

    it('opens no other file than the one that is named', async () => {
      writeFileSync(join(folder, 'secret.wav'), encodeWav({ samples: new Float32Array(8000), sampleRate: 8000 }));
      const list = join(folder, 'list.mp3');
      writeFileSync(list, 'ffconcat version 1.0\nfile secret.wav\n');
      await expect(decoder.decode(list)).rejects.toBeInstanceOf(DataError);
    });

    describe.skipIf(!hasFfmpeg)(`beside ffmpeg${hasFfmpeg ? '' : ' (skipped: no program ffmpeg on the PATH)'}`, () => {
      it.each([
        ['6 channels of 24 bits', 'six.wav', 6, ['-c:a', 'pcm_s24le'], 0],
        ['flac', 'stereo.flac', 2, ['-c:a', 'flac'], 0],
        ['mp3', 'stereo.mp3', 2, ['-c:a', 'libmp3lame'], 2 ** -13],
        ['opus', 'stereo.opus', 2, ['-c:a', 'libopus'], 2 ** -13],
        ['m4a', 'six.m4a', 6, ['-c:a', 'aac'], 2 ** -13],
      ])('gives the same samples: %s', async (_, name, channels, codec, tolerance) => {
        const path = join(folder, name);
        const sines = Array.from({ length: channels }, (_, i) => `0.4*sin(2*PI*${220 + 100 * i}*t)`).join('|');
        const source = ['-f', 'lavfi', '-i', `aevalsrc=${sines}:s=48000:d=0.5`];
        execFileSync('ffmpeg', ['-v', 'error', '-y', ...source, ...codec, path]);
        const other = await ffmpeg.create({ command: 'ffmpeg', filesAtOnce: 1, maxSeconds: 3600 }, quietHost());
        const [a, b] = await Promise.all([decoder.decode(path), other.decode(path)]);
        await other.close?.();
        expect(a.sampleRate).toBe(b.sampleRate);
        // Older versions of ffmpeg do not cut what AAC adds at the end.
        expect(b.samples.length - a.samples.length).toBeGreaterThanOrEqual(0);
        expect(b.samples.length - a.samples.length).toBeLessThan(name.endsWith('m4a') ? 1024 : 1);
        expect(a.samples.every((sample, i) => Math.abs(sample - b.samples[i]!) <= tolerance)).toBe(true);
      });
    });

    describeWithData('music-dev', 'on mp3s of music', () => {
      it('agrees with the built-in decoder', async () => {
        const audio = testDataPath('music-dev', 'audio');
        const names = readdirSync(audio, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.mp3'));
        for (const path of [0, 100, 200].map((i) => join(audio, names.sort()[i]!))) {
          const [a, b] = await Promise.all([decoder.decode(path), reference.decode(path)]);
          expect(a.sampleRate).toBe(b.sampleRate);
          expect(a.samples).toHaveLength(b.samples.length);
          // ISO/IEC 11172-4: a decoder of full accuracy is within 2^-14 of the true value, so two are within 2^-13 of each other.
          expect(a.samples.every((sample, i) => Math.abs(sample - b.samples[i]!) <= 2 ** -13)).toBe(true);
        }
      });
    });
  },
);
