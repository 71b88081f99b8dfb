import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeWav, readAudioFile, streamAudioFile } from '@refrain/audio';
import {
  type AudioOptions,
  type Clip,
  type Dataset,
  type Encoder,
  type Matrix,
  seededRandom,
  zeros,
} from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { MfccEncoder } from '@refrain/encoders';
import { type BadClip, contentHasher, contentReader } from '@refrain/pruned-dataset';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { NewClip } from '../cache/partFolder.ts';
import { embedGroup } from './embedClip.ts';

const RATE = 22_050;

const noise = (length: number, seed: string) => {
  const { uniform } = seededRandom(seed);
  // 16 bits, so that wav files hold exactly these.
  return Float32Array.from({ length }, () => Math.round((uniform() - 0.5) * 32_768) / 32_768);
};

/** The bytes of a 16-bit wav file with these channels. */
function wav(...channels: readonly Float32Array[]): Uint8Array {
  const interleaved = Float32Array.from({ length: channels[0]!.length * channels.length }, (_, i) => {
    return channels[i % channels.length]![Math.floor(i / channels.length)]!;
  });
  const bytes = encodeWav({ samples: interleaved, sampleRate: RATE });
  const header = new DataView(bytes.buffer);
  header.setUint16(22, channels.length, true);
  header.setUint32(28, RATE * 2 * channels.length, true);
  header.setUint16(32, 2 * channels.length, true);
  return bytes;
}

const clipAt = (path: string): Clip => ({ id: path, path, split: 'train', labels: [] });

const dataset: Dataset = {
  name: 'files',
  task: 'unlabelled',
  classes: [],
  clips: [],
  readAudio: ({ path }, options) => readAudioFile(path, options),
  streamAudio: ({ path }, options) => streamAudioFile(path, options),
};

/** What becomes of the files with an embedder that differs from the usual one in `changes`. */
async function embedded(
  paths: readonly string[],
  changes: Partial<Parameters<typeof embedGroup>[1]> = {},
  isContentGiven = true,
): Promise<readonly (NewClip | BadClip)[]> {
  const [contentHash, read] = [contentHasher({}), contentReader({})];
  const jobs = await Promise.all(
    paths.map(async (path) => {
      const content = await read(clipAt(path));
      return { clip: clipAt(path), contentHash: content.hash, ...(isContentGiven && { content }) };
    }),
  );
  const { signal } = new AbortController();
  return embedGroup(jobs, { dataset, encoder: new MfccEncoder(), contentHash, timeLimit: 300, signal, ...changes });
}

let folder: string;
const file = async (name: string, content: Uint8Array) => {
  await writeFile(join(folder, name), content);
  return join(folder, name);
};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-embed-'));
});
afterAll(() => rm(folder, { recursive: true }));

const good = (result: NewClip | BadClip | undefined) => {
  expect(result).not.toHaveProperty('reason');
  return result as NewClip;
};

describe('the identity of audio', () => {
  const [left, right] = [noise(RATE, 'left'), noise(RATE, 'right')];

  it('is that of every channel, before they are mixed', async () => {
    // The mean of all these is the same.
    const mean = left.map((value, i) => (value + right[i]!) / 2);
    const paths = await Promise.all([
      file('stereo.wav', wav(left, right)),
      file('swapped.wav', wav(right, left)),
      file('again.wav', wav(left, right)),
      file('mono.wav', wav(left)),
      file('twice.wav', wav(left, left)),
      file('short.wav', wav(left.subarray(0, -1), right.subarray(0, -1))),
    ]);
    const [stereo, swapped, again, mono, twice, short] = (await embedded(paths)).map((one) => good(one));
    expect(again!.audioHash).toBe(stereo!.audioHash);
    const hashes = [stereo, swapped, mono, twice, short].map((one) => one!.audioHash);
    expect(new Set(hashes).size).toBe(5);
    expect(swapped!.segments).toEqual(stereo!.segments);
    expect(twice!.segments).toEqual(mono!.segments);
    const [whole] = await embedded([await file('mean.wav', wav(mean))]);
    expect(stereo!.seconds).toBe(good(whole).seconds);
  });

  it('is the same for whoever reads whole waveforms only', async () => {
    const path = await file('whole.wav', wav(left));
    const { streamAudio: _, ...wholeOnly } = dataset;
    expect(await embedded([path], { dataset: wholeOnly })).toEqual(await embedded([path]));
  });

  it('of channels that cancel each other out is no silence: the loudest is embedded alone', async () => {
    const inverted = (samples: Float32Array, gain = 1) => samples.map((value) => -gain * value);
    const residue = left.map((value, i) => -value + 0.01 * right[i]!);
    const paths = await Promise.all([
      file('a.wav', wav(left, inverted(left))),
      file('b.wav', wav(right, inverted(right))),
      file('nearly.wav', wav(residue, left)),
      file('third.wav', wav(new Float32Array(RATE), left, inverted(left))),
      file('half.wav', wav(left, inverted(left, 0.5))),
      file('silence.wav', wav(new Float32Array(RATE), new Float32Array(RATE))),
      file('alone.wav', wav(left)),
    ]);
    const [a, b, nearly, third, half, silence, alone] = (await embedded(paths)).map((one) => good(one));
    expect([a, b, nearly, third, half, silence, alone].map((one) => one!.channel)).toEqual([
      ...[0, 0, 0, 1],
      ...[undefined, undefined, undefined],
    ]);
    expect([a, b, third, half, silence].map((one) => one!.silent)).toEqual([false, false, false, false, true]);
    expect(a!.segments).toEqual(alone!.segments);
    expect(third!.segments).toEqual(alone!.segments);
    expect(new Set([a, b, third, silence, alone].map((one) => one!.audioHash)).size).toBe(5);
  });
});

describeWithData('field-cases', 'songs whose right channel is the left one inverted', () => {
  it('are told apart', async () => {
    const names = [12, 13, 14, 15].map((number) => testDataPath('field-cases', 'phase', `inverted${number}.wav`));
    const results = (await embedded(names)).map((one) => good(one));
    expect(new Set(results.map(({ audioHash }) => audioHash)).size).toBe(4);
    for (const { silent, channel } of results) expect([silent, channel]).toEqual([false, 0]);
    for (const { segments } of results.slice(1)) expect(segments).not.toEqual(results[0]!.segments);
  });
});

describe('a file that changes', () => {
  const [before, after] = [wav(noise(RATE, 'before')), wav(noise(RATE, 'after'))];
  const replacing = (path: string, when: 'before' | 'after'): Dataset => ({
    ...dataset,
    streamAudio: async (clip, options) => {
      if (when === 'before') await writeFile(path, after);
      const audio = await streamAudioFile(clip.path, options);
      if (when === 'after') await writeFile(path, after);
      return audio;
    },
  });

  it.each([
    ['before', 'read again', false],
    ['before', 'at hand', true],
    ['after', 'read again', false],
    ['after', 'at hand', true],
  ] as const)(
    '%s it is decoded, its bytes %s, is set aside: its hash would be of other audio',
    async (when, _, isContentGiven) => {
      const [path, other] = [await file('changing.wav', before), await file('other.wav', before)];
      const means = { dataset: replacing(path, when) };
      const [changed, same] = await embedded([path, other], means, isContentGiven);
      expect(changed).toMatchObject({ stage: 'decode', changed: true });
      expect((changed as BadClip).reason).toContain(`${path}: was changed while it was read`);
      good(same);
    },
  );

  it('is not opened again where its bytes are at hand', async () => {
    const path = await file('once.wav', before);
    const elsewhere = {
      ...dataset,
      streamAudio: ({ id }: Clip, options?: AudioOptions) => streamAudioFile(`${id}.not-there`, options),
    };
    const [once] = await embedded([path], { dataset: elsewhere });
    const [twice] = await embedded([path], {}, false);
    expect(once).toEqual(twice);
    expect((await embedded([path], { dataset: elsewhere }, false))[0]).toMatchObject({ stage: 'decode' });
  });

  it('is another one again for its pieces', async () => {
    const path = await file('pieces.wav', before);
    const hash = contentHasher({});
    const piece = { ...clipAt(path), piece: { start: 0, seconds: 0.5 } };
    const first = await hash(piece);
    expect(await hash(piece)).toBe(first);
    await copyFile(await file('next.wav', after), path);
    expect(await hash(piece)).not.toBe(first);
  });
});

describe('the time limit of a clip', () => {
  const path = () => file('long.wav', wav(noise(60 * RATE, 'long')));

  it.each([
    ['decoded', 'decode'],
    ['encoded', 'encode'],
  ] as const)('ends it while it is %s, even where nothing waits', async (_, stage) => {
    const busy = () => {
      for (const end = performance.now() + 30; performance.now() < end; ) Math.sqrt(2);
    };
    const slowly: Dataset = {
      ...dataset,
      streamAudio: async () => ({
        sampleRate: RATE,
        pieces: (async function* () {
          for (;;) {
            if (stage === 'decode') busy();
            yield [new Float32Array(1000)];
          }
        })(),
      }),
    };
    const encoder: Encoder = {
      ...{ name: 'slow', dim: 1, sampleRate: RATE, fingerprint: 'slow' },
      encode: async () => zeros(1, 1),
      async encodeStream(pieces): Promise<Matrix> {
        for await (const _ of pieces) if (stage === 'encode') busy();
        return zeros(1, 1);
      },
    };
    const [result] = await embedded([await path()], { dataset: slowly, encoder, timeLimit: 0.2 });
    expect(result).toMatchObject({ stage, reason: expect.stringContaining('within 0.2 s') });
  });
});
