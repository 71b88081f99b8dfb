import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSource, memorySource, readBytes } from './byteSource.ts';

describe('fileSource', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'checkpoints-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('reads ranges', async () => {
    const path = join(folder, 'ranges');
    await writeFile(path, Uint8Array.of(1, 2, 3, 4));
    const source = await fileSource(path);
    expect(source).toMatchObject({ name: path, size: 4 });
    expect(await source.read(1, 2)).toEqual(Uint8Array.of(2, 3));
  });

  it('notices that the file was changed', async () => {
    const path = join(folder, 'changed');
    await writeFile(path, 'before');
    const source = await fileSource(path);
    await writeFile(path, 'after it');
    await expect(source.read(0, 6)).rejects.toThrow(/changed while it was being read/);
    await rm(path);
    await expect(source.read(0, 6)).rejects.toThrow(DataError);
  });

  it('refuses what is no file', async () => {
    await expect(fileSource(folder)).rejects.toThrow(/is not a file/);
    await expect(fileSource(join(folder, 'missing'))).rejects.toThrow(/there is no such file/);
    await expect(fileSource('/dev/null')).rejects.toThrow(DataError);
  });
});

describe('readBytes', () => {
  it.each([
    [-1, 1],
    [0, -1],
    [0, 5],
    [4, 1],
    [2 ** 53, 2],
    [0.5, 1],
    [0, Number.NaN],
    [Infinity, 0],
  ])('refuses %d and %d of four bytes', async (offset, length) => {
    const source = memorySource('a.pt', new Uint8Array(4));
    await expect(readBytes(source, offset, length, 'it')).rejects.toThrow(/^a\.pt: it would be/);
  });
});
