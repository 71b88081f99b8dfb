import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeWav } from './encodeWav.ts';
import { readAudioFile } from './readAudioFile.ts';

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

  // The superuser may read everything.
  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'refuses what it may not read (root may read everything, so it is skipped for root)',
    async () => {
      await expect(readAudioFile(path('secret.wav'))).rejects.toThrow(/may not be read/);
    },
  );
});
