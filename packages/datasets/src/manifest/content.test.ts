import { mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { packed, readContent, unpacked } from './content.ts';

async function written(content: Uint8Array): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'refrain-content-')), 'table.jsonl.gz');
  await writeFile(path, content);
  return path;
}

describe('the content of a file', () => {
  it('is unpacked where it is gzip, by its first bytes, of several members too', async () => {
    const both = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]);
    expect(await readContent(await written(both))).toEqual({ bytes: Buffer.from('one\ntwo\n'), gzipped: true });
    expect(await readContent(await written(Buffer.from('plain')))).toEqual({
      bytes: Buffer.from('plain'),
      gzipped: false,
    });
    expect((await readContent(await written(Buffer.alloc(0)))).bytes).toHaveLength(0);
  });

  it('comes back from packing, the same bytes each time', async () => {
    const text = Buffer.from('a line\n'.repeat(1000));
    expect(await packed(text)).toEqual(await packed(text));
    expect((await readContent(await written(await packed(text)))).bytes).toEqual(text);
  });

  it('is refused when it unpacks to far more than it is', async () => {
    const bomb = await written(gzipSync(Buffer.alloc(64 * 2 ** 20)));
    await expect(readContent(bomb)).rejects.toThrow(DataError);
    await expect(readContent(bomb)).rejects.toThrow(/table.jsonl.gz: its \d+ bytes unpack to/);
  });

  it('is refused beyond the limit, packed or not', async () => {
    const path = await written(gzipSync('0123456789'.repeat(20)));
    expect(await unpacked(path, 200, 200)).toHaveLength(200);
    await expect(unpacked(path, 200, 199)).rejects.toThrow(/unpack to 200 and more/);
    const sparse = await written(Buffer.from('x'));
    await truncate(sparse, 5 * 2 ** 30);
    await expect(readContent(sparse)).rejects.toThrow(/5.0 GiB, expected at most 4/);
  });

  it('is refused when it is damaged or not there', async () => {
    const cut = await written(gzipSync('some text that is long enough').subarray(0, -9));
    await expect(readContent(cut)).rejects.toThrow(/can't be unpacked as gzip/);
    await expect(readContent('/nowhere/t.csv')).rejects.toThrow(/\/nowhere\/t.csv: can't be read/);
  });
});
