import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Encoder } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { EmbeddingCache } from './embeddingCache.ts';
import { type NewClip, PartFolder } from './partFolder.ts';

const encoder = (fingerprint: string): Encoder => ({
  name: 'fixture',
  sampleRate: 8000,
  dim: 2,
  fingerprint,
  encode: async () => ({ data: new Float32Array(2), rows: 1, cols: 2 }),
});

const clip = (number: number): NewClip => ({
  contentHash: `content-${number}`,
  audioHash: `audio-${number}`,
  seconds: number,
  sampleRate: 8000 * number,
  clipping: 1 / (1 + number),
  silent: number % 2 === 0,
  segments: {
    data: Float32Array.from({ length: 2 * (1 + (number % 3)) }, (_, i) => number + i / 8),
    rows: 1 + (number % 3),
    cols: 2,
  },
});

/** A clip with its segments, as far as the cache has it. */
async function found(cache: EmbeddingCache, contentHash: string): Promise<NewClip | undefined> {
  const cached = await cache.find(contentHash);
  return cached && { ...cached, segments: await cached.segments.read() };
}

const silent = () => {};

const means = (encoderFingerprint: string, decoderFingerprint = 'd') => ({
  decoder: { fingerprint: decoderFingerprint },
  encoder: encoder(encoderFingerprint),
});

const newFolder = () => mkdtemp(join(tmpdir(), 'refrain-cache-'));

describe('embedding cache', () => {
  it('gives back what was flushed, and only to the same encoder and decoder', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent);
    for (let i = 0; i < 150; i++) await cache.add(clip(i));
    await cache.flush();
    const again = await EmbeddingCache.open(folder, means('a'), silent);
    for (let i = 0; i < 150; i++) expect(await found(again, `content-${i}`)).toEqual(clip(i));
    expect(await again.find('content-150')).toBeUndefined();
    for (const other of [means('b'), means('a', 'e')]) {
      expect(await (await EmbeddingCache.open(folder, other, silent)).find('content-1')).toBeUndefined();
    }
  });

  it('loses at most the unfinished part', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent);
    for (let i = 0; i < 100; i++) await cache.add(clip(i));
    const again = await EmbeddingCache.open(folder, means('a'), silent);
    expect(await found(again, 'content-0')).toEqual(clip(0));
    expect(await again.find('content-99')).toBeUndefined();
  });

  it('writes what has waited for five seconds, with the next clip or without one', async () => {
    const folder = await newFolder();
    const clock = new SteppedClock();
    const cache = await EmbeddingCache.open(folder, means('a'), silent, clock);
    const onDisk = async () => {
      const again = await EmbeddingCache.open(folder, means('a'), silent);
      const found = await Promise.all([1, 2, 3, 4].map((number) => again.find(`content-${number}`)));
      return found.flatMap((one) => (one === undefined ? [] : [one.seconds]));
    };
    await cache.add(clip(1));
    clock.advance(3000);
    await cache.add(clip(2));
    expect(await onDisk()).toEqual([]);
    // The thread was busy: the timer is late, the clip is not.
    clock.advance(2000, 'timers stand still');
    await cache.add(clip(3));
    expect(await onDisk()).toEqual([1, 2, 3]);
    await cache.add(clip(4));
    clock.advance(4999);
    expect(await onDisk()).toEqual([1, 2, 3]);
    clock.advance(1);
    await cache.flush();
    expect(await onDisk()).toEqual([1, 2, 3, 4]);
  });

  it('tells an error of writing behind its back to the next who adds or flushes', async () => {
    const folder = await newFolder();
    const clock = new SteppedClock();
    const cache = await EmbeddingCache.open(folder, means('a'), silent, clock);
    await writeFile(join(folder, 'embeddings'), 'in the way');
    await cache.add(clip(1));
    clock.advance(5000);
    await expect(cache.flush()).rejects.toThrow(/Cannot write .*ENOTDIR/);
    await expect(cache.add(clip(2))).rejects.toThrow(/Cannot write .*ENOTDIR/);
  });

  it('never gives back what a flipped bit made of a clip: it is removed, with one notice', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent);
    await cache.add(clip(1));
    await cache.add(clip(2));
    await cache.flush();
    const part = await partOf(folder);
    const whole = await readFile(part);
    for (let at = 0; at < whole.length; at++) {
      const damaged = Uint8Array.from(whole);
      damaged[at]! ^= 1 << (at % 8);
      await writeFile(part, damaged);
      const told: string[] = [];
      const again = await EmbeddingCache.open(folder, means('a'), (message) => told.push(message));
      expect([await again.find('content-1'), await again.find('content-2')], `byte ${at}`).toEqual([
        undefined,
        undefined,
      ]);
      expect(told).toEqual([expect.stringMatching(/a part of the cache, is damaged .* embedded again/)]);
      await expect(readFile(part)).rejects.toThrow(/ENOENT/);
    }
  });

  it.each([
    ['zeros', (part: Buffer) => part.fill(0, part.length - 8)],
    ['NaN', (part: Buffer) => part.fill(0xff, part.length - 8)],
    ['a cut', (part: Buffer) => part.subarray(0, -1)],
    ['nothing', () => Buffer.alloc(0)],
    ['more', (part: Buffer) => Buffer.concat([part, part])],
  ])('leaves a part out that holds %s, and embeds its clips again', async (_, damage) => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent);
    await cache.add(clip(1));
    await cache.flush();
    const part = await partOf(folder);
    await writeFile(part, damage(await readFile(part)));
    const told: string[] = [];
    const again = await EmbeddingCache.open(folder, means('a'), (message) => told.push(message));
    expect(await again.find('content-1')).toBeUndefined();
    expect(told).toHaveLength(1);
    await again.add(clip(1));
    await again.flush();
    expect(await found(await EmbeddingCache.open(folder, means('a'), silent), 'content-1')).toEqual(clip(1));
  });

  it('reads segments when they are wanted, and no others than those that were found', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent, undefined, 0);
    await cache.add(clip(1));
    await cache.add(clip(2));
    const waiting = await cache.find('content-1');
    expect(await waiting!.segments.read()).toEqual(clip(1).segments);
    await cache.flush();
    const second = (await cache.find('content-2'))!.segments;
    expect([second.rows, second.cols]).toEqual([3, 2]);
    for (let time = 0; time < 2; time++) {
      expect(await second.read()).toEqual(clip(2).segments);
      expect(await waiting!.segments.read()).toEqual(clip(1).segments);
    }
    const part = await partOf(folder);
    const whole = await readFile(part);
    // The last byte is of the last clip.
    await writeFile(
      part,
      Uint8Array.from(whole, (byte, at) => (at === whole.length - 1 ? byte ^ 1 : byte)),
    );
    expect(await waiting!.segments.read()).toEqual(clip(1).segments);
    await expect(second.read()).rejects.toMatchObject({
      code: 'REFRAIN_DATA',
      message: expect.stringMatching(/a part of the cache, was lost .*others now.* Run again: its clips are embedded/),
    });
    await rm(part);
    await expect(second.read()).rejects.toThrow(/was lost while it was in use \(ENOENT/);
  });

  it('keeps as many segments in memory as it may, those that it reads and those that it writes', async () => {
    const folder = await newFolder();
    const most = clip(1).segments.data.byteLength + clip(2).segments.data.byteLength;
    const cache = await EmbeddingCache.open(folder, means('a'), silent, undefined, most);
    for (const number of [1, 2, 3]) await cache.add(clip(number));
    await cache.flush();
    const again = await EmbeddingCache.open(folder, means('a'), silent, undefined, most);
    const names = ['content-3', 'content-2', 'content-1'];
    const read = await Promise.all(names.map(async (name) => (await again.find(name))!.segments));
    for (const segments of read) await segments.read();
    const written = (await cache.find('content-2'))!.segments;
    const unheld = (await cache.find('content-3'))!.segments;
    await rm(await partOf(folder));
    expect(await read[0]!.read()).toEqual(clip(3).segments);
    expect(await read[1]!.read()).toEqual(clip(2).segments);
    await expect(read[2]!.read()).rejects.toThrow(/was lost while it was in use/);
    expect(await written.read()).toEqual(clip(2).segments);
    await expect(unheld.read()).rejects.toThrow(/was lost while it was in use/);
  });

  it('goes on when another process removes a part', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent);
    await cache.add(clip(1));
    await cache.flush();
    const again = await EmbeddingCache.open(folder, means('a'), silent);
    await rm(await partOf(folder));
    expect(await again.find('content-1')).toBeUndefined();
  });

  it.skipIf(!existsSync('/proc/self'))(
    'serves what is there, and refuses the rest with the reason, where it cannot write',
    async () => {
      const cache = await EmbeddingCache.open('/proc', means('a'), silent);
      await expect(cache.find('content-1')).rejects.toMatchObject({
        option: 'cacheDir',
        message: expect.stringMatching(/^`cacheDir` \/proc: nothing can be written there \(ENOENT/),
      });
    },
  );
});

describe('parts that another machine writes', () => {
  const other = async (folder: string, numbers: readonly number[]) => {
    const parts = new PartFolder(folder, means('a'), silent);
    return (await parts.put(numbers.map(clip))).part;
  };

  it('have the hash of their content as their name, so that the same is written once, and are taken in by it', async () => {
    const folder = await newFolder();
    const cache = await EmbeddingCache.open(folder, means('a'), silent);
    const part = await other(folder, [1, 2]);
    expect(part).toMatch(/^[0-9a-f]{64}\.clips$/);
    expect(await other(folder, [1, 2])).toBe(part);
    expect(await other(folder, [2, 1])).not.toBe(part);
    expect(await cache.find('content-1')).toBeUndefined();
    expect(await cache.take([part])).toBe(true);
    expect([await found(cache, 'content-1'), await found(cache, 'content-2')]).toEqual([clip(1), clip(2)]);
    expect(await cache.take([null])).toBe(true);
    const [space] = await readdir(join(folder, 'embeddings'));
    expect(await readdir(join(folder, 'embeddings', space!))).toHaveLength(2);
  });

  it('are waited for where they are not to be seen yet, and are not there where they never come, are cut, or are no parts', async () => {
    const folder = await newFolder();
    const clock = new SteppedClock();
    const cache = await EmbeddingCache.open(folder, means('a'), silent, clock);
    const part = await other(folder, [1]);
    const path = await partOf(folder);
    const whole = await readFile(path);
    await rm(path);
    clock.onPause = async () => {
      if (clock.now() === 3000) await writeFile(path, whole);
    };
    expect(await cache.take([part])).toBe(true);
    expect(clock.now()).toBe(3000);
    await rm(path);
    expect(await cache.take([part])).toBe(false);
    expect(clock.now()).toBe(13_000);
    // Half of it stays half: it is removed.
    await writeFile(path, whole.subarray(0, whole.length - 4));
    expect(await cache.take([part])).toBe(false);
    expect([clock.now(), existsSync(path)]).toEqual([13_000, false]);
    expect(await cache.find('content-1')).toBeUndefined();
    expect(await cache.take(['../../../etc/passwd'])).toBe(false);
    expect(await other(folder, [1])).toBe(part);
    expect(await cache.take([part])).toBe(true);
    expect(await found(cache, 'content-1')).toEqual(clip(1));
  });
});

/** The only part of the only space. */
async function partOf(folder: string): Promise<string> {
  const [space] = await readdir(join(folder, 'embeddings'));
  const [part] = await readdir(join(folder, 'embeddings', space!));
  return join(folder, 'embeddings', space!, part!);
}

/** A clock that goes when it is told to. */
class SteppedClock {
  #time = 0;
  #acts: { readonly at: number; readonly act: () => void }[] = [];
  /** Called whenever somebody waits. */
  onPause = async () => {};

  pause = async (milliseconds: number): Promise<void> => {
    this.advance(milliseconds);
    await this.onPause();
  };

  now(): number {
    return this.#time;
  }

  after(milliseconds: number, act: () => void): () => void {
    const entry = { at: this.#time + milliseconds, act };
    this.#acts.push(entry);
    return () => {
      this.#acts = this.#acts.filter((one) => one !== entry);
    };
  }

  advance(milliseconds: number, timers: 'timers run' | 'timers stand still' = 'timers run'): void {
    this.#time += milliseconds;
    if (timers === 'timers stand still') return;
    for (const { at, act } of [...this.#acts]) if (at <= this.#time) act();
  }
}
