import { mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { inForm, readContent, unpacked } from './content.ts';

async function written(content: Uint8Array): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'refrain-content-')), 'table.jsonl.gz');
  await writeFile(path, content);
  return path;
}

const utf8 = { encoding: 'utf-8', hasMark: false };

describe('the content of a file', () => {
  it('is unpacked where it is gzip, by its first bytes, of several members too', async () => {
    const both = Buffer.concat([gzipSync('one\n'), gzipSync('two\n')]);
    expect(await readContent(await written(both))).toEqual({
      bytes: Buffer.from('one\ntwo\n'),
      gzipped: true,
      ...utf8,
    });
    expect(await readContent(await written(Buffer.from('plain')))).toEqual({
      bytes: Buffer.from('plain'),
      gzipped: false,
      ...utf8,
    });
    expect((await readContent(await written(Buffer.alloc(0)))).bytes).toHaveLength(0);
  });

  it('comes back in its form, the same bytes each time', async () => {
    const text = 'a líne\n'.repeat(1000);
    for (const plain of [Buffer.from(text), Buffer.from(`\uFEFF${text}`), Buffer.from(`\uFEFF${text}`, 'utf16le')]) {
      for (const file of [plain, gzipSync(plain)]) {
        const content = await readContent(await written(file));
        expect(content.bytes.toString()).toBe(text);
        expect(Buffer.from(await inForm(content.bytes, content))).toEqual(file);
      }
    }
  });

  it('is refused when it unpacks to far more than it is', async () => {
    const bomb = await written(gzipSync(Buffer.alloc(16 * 2 ** 20 + 1)));
    await expect(readContent(bomb)).rejects.toThrow(DataError);
    await expect(readContent(bomb)).rejects.toThrow(/table.jsonl.gz: its \d+ bytes unpack to/);
  });

  it('is refused beyond the limit, packed or not', async () => {
    const packed = gzipSync('0123456789'.repeat(20));
    expect(await unpacked('table.jsonl.gz', packed, 200)).toHaveLength(200);
    await expect(unpacked('table.jsonl.gz', packed, 199)).rejects.toThrow(/unpack to more than 199/);
    const sparse = await written(Buffer.from('x'));
    await truncate(sparse, 5 * 2 ** 30);
    await expect(readContent(sparse)).rejects.toThrow(/5.0 GiB, expected at most 4/);
  });

  it('takes the memory of what it unpacks to once', async () => {
    // 64 MB of digits that do not repeat: they compress about as text does.
    const text = Buffer.from(
      Array.from({ length: 4 * 2 ** 20 }, (_, i) => String((i * 7919) % 1_000_003).padStart(15, '0')).join('\n'),
    );
    const path = await written(gzipSync(text, { level: 1 }));
    const before = process.memoryUsage().arrayBuffers;
    const { bytes } = await readContent(path);
    expect(bytes.equals(text)).toBe(true);
    expect(bytes.buffer.byteLength).toBeLessThanOrEqual(text.length + 1);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1.5 * text.length);
  });

  it('is refused when it is damaged or not there', async () => {
    const cut = await written(gzipSync('some text that is long enough').subarray(0, -9));
    await expect(readContent(cut)).rejects.toThrow(/can't be unpacked as gzip/);
    await expect(readContent('/nowhere/t.csv')).rejects.toThrow(/\/nowhere\/t.csv: can't be read/);
  });
});
