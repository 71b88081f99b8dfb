import { existsSync } from 'node:fs';
import { mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFolder } from './folders.ts';

const newFolder = () => mkdtemp(join(tmpdir(), 'refrain-folders-'));

describe('createFolder', () => {
  it('makes what is missing, names it, and lets be what is there', async () => {
    const folder = await newFolder();
    const deep = join(folder, 'a', 'b', 'c');
    expect(await createFolder(deep)).toEqual([join(folder, 'a'), join(folder, 'a', 'b'), deep]);
    expect(await readdir(join(folder, 'a', 'b'))).toEqual(['c']);
    expect(await createFolder(deep)).toEqual([]);
  });

  it('makes one folder for several that ask at once', async () => {
    const folder = await newFolder();
    const made = await Promise.all(Array.from({ length: 8 }, () => createFolder(join(folder, 'a', 'b'))));
    expect(made.flat().sort()).toEqual([join(folder, 'a'), join(folder, 'a', 'b')]);
  });

  it('refuses a file in the way, and a link to nowhere', async () => {
    const folder = await newFolder();
    await writeFile(join(folder, 'file'), '');
    await symlink(join(folder, 'nowhere'), join(folder, 'link'));
    await expect(createFolder(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(createFolder(join(folder, 'file', 'b'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(createFolder(join(folder, 'link', 'b'))).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it.skipIf(!existsSync('/proc/self'))('ends where a system folder takes no new ones', async () => {
    await expect(createFolder('/proc/x/y')).rejects.toMatchObject({ code: 'ENOENT', path: '/proc/x' });
  });
});
