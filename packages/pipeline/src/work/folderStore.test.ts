import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { temporaryName } from '@refrain/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FolderStore } from './folderStore.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-store-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('keeps bytes under their hash, once', async () => {
  const store = new FolderStore(folder);
  const key = await store.put(Float32Array.of(1, 2), new TextEncoder().encode('three'));
  const bytes = Buffer.concat([Buffer.from(Float32Array.of(1, 2).buffer), Buffer.from('three')]);
  expect(key).toBe(createHash('sha256').update(bytes).digest('hex'));
  expect(Buffer.from(await store.get(key))).toEqual(bytes);
  await Promise.all([store.put(bytes), store.put(bytes)]);
  expect((await readdir(folder, { recursive: true })).filter((name) => name.length > 2)).toHaveLength(1);
  await store.remove(key);
  await store.remove(key);
  expect(await store.has(key)).toBe(false);
});

it('refuses what is not there, what is something else, and what is no key', async () => {
  const store = new FolderStore(folder);
  const key = await store.put(Uint8Array.of(1));
  await writeFile(join(folder, key.slice(0, 2), key), 'other');
  await expect(store.get(key)).rejects.toMatchObject({ code: 'REFRAIN_DATA' });
  await store.remove(key);
  await expect(store.get(key)).rejects.toThrow('shared by all machines');
  await expect(store.get('../../etc/passwd')).rejects.toThrow('64 hexadecimal digits');
});

it('keeps apart what goes as a whole, and removes what another owner left', async () => {
  const store = new FolderStore(folder);
  const lasting = await store.put(Uint8Array.of(1));
  // As of a process that runs no more.
  const left = temporaryName('-left').replace(/-\d+-/, '-4194304-');
  await mkdir(join(folder, left));
  const name = temporaryName('-mine');
  const aside = store.aside(name);
  const key = await aside.put(Uint8Array.of(2));
  expect([await aside.has(key), await store.has(key)]).toEqual([true, false]);
  expect([...(await store.aside(name).get(key))]).toEqual([2]);
  expect((await readdir(folder)).toSorted()).toEqual([name, lasting.slice(0, 2)].toSorted());
  await aside.clear();
  expect(await readdir(folder)).toEqual([lasting.slice(0, 2)]);
  for (const other of ['mine', '..', `${temporaryName('.')}/../../x`])
    expect(() => store.aside(other)).toThrow('tells whose it is');
});
