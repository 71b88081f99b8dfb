import { mkdtemp, open, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readAt } from './readAt.ts';

it('readAt gives the bytes from a place on, fewer at the end of the file and none behind it', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'refrain-read-at-')), 'file');
  await writeFile(path, 'abcdef');
  const file = await open(path);
  const read = async (position: number, length: number) => Buffer.from(await readAt(file, position, length)).toString();
  try {
    expect([await read(0, 6), await read(2, 3), await read(4, 9), await read(6, 1), await read(9, 1)]).toEqual([
      ...['abcdef', 'cde', 'ef', '', ''],
    ]);
  } finally {
    await file.close();
  }
});
