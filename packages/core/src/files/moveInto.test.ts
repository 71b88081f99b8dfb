import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { moveInto } from './moveInto.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-move-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A `rename` that refuses so often, as Windows does while a file is open elsewhere. */
function refusing(times: number, code: string) {
  let refused = 0;
  const move = async (from: string, to: string) => {
    if (refused < times) {
      refused++;
      throw Object.assign(new Error(`${code}: operation not permitted`), { code });
    }
    await rename(from, to);
  };
  return { move: move as typeof rename, refused: () => refused };
}

async function files(): Promise<[string, string]> {
  const [from, to] = [join(folder, 'new'), join(folder, 'name')];
  await writeFile(from, 'new');
  await writeFile(to, 'old');
  return [from, to];
}

it.each(['EPERM', 'EACCES', 'EBUSY'])('tries again on Windows where a file is in use: %s', async (code) => {
  const [from, to] = await files();
  const { move, refused } = refusing(2, code);
  await moveInto(from, to, { platform: 'win32', move });
  expect([await readFile(to, 'utf8'), refused()]).toEqual(['new', 2]);
});

it('does not try again elsewhere, nor for what waiting cannot mend', async () => {
  const [from, to] = await files();
  for (const [platform, code] of [
    ['linux', 'EPERM'],
    ['win32', 'ENOENT'],
  ] as const) {
    const { move, refused } = refusing(1, code);
    await expect(moveInto(from, to, { platform, move })).rejects.toMatchObject({ code });
    expect([await readFile(to, 'utf8'), refused()]).toEqual(['old', 1]);
  }
});
