import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clip } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { contentHasher } from './hashes.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const clip = (path: string, piece?: Clip['piece']): Clip => ({
  id: path,
  path,
  split: 'train',
  labels: [],
  ...(piece && { piece }),
});

describe('the content hash of a clip', () => {
  it('is that of its file, or none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-hash-'));
    await writeFile(join(folder, 'a.wav'), 'some sound');
    const hash = contentHasher({});
    expect(await hash(clip(join(folder, 'a.wav')))).toBe(sha256('some sound'));
    expect(await hash(clip(folder))).toBeUndefined();
    expect(await hash(clip(join(folder, 'nowhere.wav')))).toBeUndefined();
  });

  it('tells pieces of a file from each other and from the file, and reads that once', async () => {
    let reads = 0;
    const hash = contentHasher({
      readBytes: async ({ path }) => {
        reads++;
        return Buffer.from(path);
      },
    });
    const pieces = [
      clip('a', { start: 0, seconds: 3 }),
      clip('a', { start: 3, seconds: 3 }),
      clip('a', { start: 3, seconds: 2 }),
      clip('b', { start: 0, seconds: 3 }),
    ];
    const hashes = [];
    for (const piece of pieces) hashes.push(await hash(piece));
    expect(reads).toBe(2);
    hashes.push(await hash(clip('a')), await hash(clip('b')));
    expect(new Set(hashes).size).toBe(6);
    expect(hashes.at(-1)).toBe(sha256('b'));
    expect(await hash(clip('a', { start: 0, seconds: 3 }))).toBe(hashes[0]);
  });
});
