import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { asUtf8, inEncoding, readTextFile } from './text.ts';

// "é" and "𝄞" by the tables of Unicode: U+00E9, U+1D11E.
const ENCODED = {
  plain: 'c3a9f09d849e',
  'with a mark': 'efbbbfc3a9f09d849e',
  'as UTF-16, little end first': 'fffee90034d81edd',
  'as UTF-16, big end first': 'feff00e9d834dd1e',
};

it.each(Object.entries(ENCODED))('text %s is read, and written as it was', async (name, hex) => {
  const content = Buffer.from(hex, 'hex');
  const { bytes, ...how } = asUtf8(content, 't.txt');
  expect(bytes.toString('hex')).toBe(ENCODED.plain);
  expect(Buffer.from(inEncoding(bytes, how)).toString('hex')).toBe(hex);
  const path = join(await mkdtemp(join(tmpdir(), 'refrain-text-')), 't.txt');
  await writeFile(path, content);
  expect(await readTextFile(path), name).toBe('é𝄞');
});

it('what is no text is refused by its name', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'refrain-text-')), 't.txt');
  // Half of a surrogate pair, and Latin-1.
  for (const hex of ['fffe34d8', 'fffe34', '636166e9']) {
    await writeFile(path, Buffer.from(hex, 'hex'));
    await expect(readTextFile(path)).rejects.toMatchObject({ code: 'REFRAIN_DATA', source: path });
  }
});
