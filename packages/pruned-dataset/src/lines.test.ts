import { mkdir, mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, z } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readJsonLines, writeJsonLines } from './lines.ts';

const NAMED = z.object({ id: z.string() });

describe('JSON lines', () => {
  let path: string;
  const read = async (text: string) => {
    await writeFile(path, text);
    return (await readJsonLines(path, NAMED)).map(({ id }) => id);
  };

  beforeAll(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'refrain-lines-')), 'clips.jsonl');
  });

  it.each([
    ['with a last line feed', '{"id":"a"}\n{"id":"b"}\n'],
    ['without one', '{"id":"a"}\n{"id":"b"}'],
    ['with carriage returns', '{"id":"a"}\r\n\r\n{"id":"b"}\r\n'],
    ['with empty lines', '\n{"id":"a"}\n\n\n{"id":"b"}\n\n'],
  ])('are read %s', async (_, text) => {
    expect(await read(text)).toEqual(['a', 'b']);
  });

  it('may be none', async () => {
    expect(await read('')).toEqual([]);
    await writeJsonLines(path, []);
    expect((await stat(path)).size).toBe(0);
  });

  it('do not end at the line ends of Unicode, which JSON leaves as they are', async () => {
    const ids = ['line\u2028separator', 'paragraph\u2029separator', 'next\u0085line', 'vertical\vtab'];
    await writeJsonLines(
      path,
      ids.map((id) => ({ id })),
    );
    expect(await readFile(path, 'utf8')).toContain('line\u2028separator');
    expect((await readJsonLines(path, NAMED)).map(({ id }) => id)).toEqual(ids);
  });

  // The file is read in blocks of 2^20 bytes. Texts of characters of 2, 3 and 4 bytes, at every offset, have all their bytes at borders.
  it.each(['é', '音', '𝄞'])('keep a character whole that lies across two blocks: %s', async (character) => {
    for (let offset = 0; offset < Buffer.byteLength(character); offset++) {
      const ids = ['x'.repeat(offset), ...Array.from({ length: 40 }, (_, i) => `${i}${character.repeat(30_000)}`)];
      await writeJsonLines(
        path,
        ids.map((id) => ({ id })),
      );
      expect((await stat(path)).size).toBeGreaterThan(2 * 2 ** 20);
      expect((await readJsonLines(path, NAMED)).map(({ id }) => id)).toEqual(ids);
    }
  });

  it('may be longer than several blocks', async () => {
    const ids = ['before', 'ü'.repeat(3 * 2 ** 20), 'after'];
    expect(await read(ids.map((id) => JSON.stringify({ id })).join('\n'))).toEqual(ids);
  });

  it('are written as they come, in order, each on its line', async () => {
    const count = 50_000;
    await writeJsonLines(
      path,
      (function* () {
        for (let i = 0; i < count; i++) yield { id: `clip ${i} é` };
      })(),
    );
    const expected = Array.from({ length: count }, (_, i) => `{"id":"clip ${i} é"}\n`).join('');
    expect((await readFile(path, 'utf8')) === expected).toBe(true);
  });

  it('are not asked for faster than the disk takes them', async () => {
    const text = 'x'.repeat(2 ** 20);
    let asked = 0;
    await expect(
      writeJsonLines(
        join(path, 'in', 'a', 'file.jsonl'),
        (function* () {
          for (; asked < 1000; asked++) yield { id: text };
        })(),
      ),
    ).rejects.toThrow();
    expect(asked).toBeLessThan(10);
  });

  it.each<[string, string, RegExp]>([
    ['a line that is no JSON', '{"id":"a"}\n\n{"id":"b"\n', /clips\.jsonl, line 3 is not JSON \(.+\)\.$/],
    ['a last line that is cut', '{"id":"a"}\n{"id', /clips\.jsonl, line 2 is not JSON/],
    ['a number', '{"id":"a"}\n5\n', /clips\.jsonl, line 2 is no JSON object\.$/],
    ['null', 'null\n', /line 1 is no JSON object/],
    ['a list', '[{"id":"a"}]\n', /line 1 is no JSON object/],
  ])('are refused: %s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
    await expect(read(text)).rejects.toBeInstanceOf(DataError);
  });

  it('name the line far into a large file', async () => {
    const lines = `${JSON.stringify({ id: 'é'.repeat(100) })}\n`.repeat(20_000);
    await expect(read(`${lines}oops\n`)).rejects.toThrow(/line 20001 is not JSON/);
  });

  it('are missed where there is no file, or none that can be read', async () => {
    await expect(readJsonLines(`${path}.not`, NAMED)).rejects.toThrow(
      /clips\.jsonl\.not is missing: this is no pruned dataset folder, or a part of it is lost\.$/,
    );
    const folder = join(path, '..', 'folder.jsonl');
    await mkdir(folder);
    await expect(readJsonLines(folder, NAMED)).rejects.toThrow(/folder\.jsonl cannot be read \(EISDIR/);
  });
});
