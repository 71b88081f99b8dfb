import { mkdtemp, readdir, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { systemErrorText } from './systemError.ts';

const thrownBy = (work: Promise<unknown>) => work.catch((error: unknown) => error);

it('what the operating system refuses is told in words, with the file first', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-system-'));
  const missing = join(folder, 'nothing');
  expect(systemErrorText(await thrownBy(readdir(missing)))).toBe(`${missing}: no such file or directory (ENOENT).`);
  expect(systemErrorText(await thrownBy(rename(missing, folder)))).toBe(
    `${missing} to ${folder}: no such file or directory (ENOENT).`,
  );
  await writeFile(missing, '');
  expect(systemErrorText(await thrownBy(readdir(missing)))).toBe(`${missing}: not a directory (ENOTDIR).`);
  const full = Object.assign(new Error('Cannot write /a/b: ENOSPC: no space left on device, write'), {
    syscall: 'write',
  });
  expect(systemErrorText(full)).toBe('Cannot write /a/b: no space left on device (ENOSPC).');
  expect(systemErrorText(new TypeError('ENOENT: of ours'))).toBeUndefined();
});
