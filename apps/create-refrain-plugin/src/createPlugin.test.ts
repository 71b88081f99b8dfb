import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { KINDS as CONTRACTS } from '@refrain/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createPlugin, KINDS, wantedOf } from './createPlugin.ts';

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'create-refrain-plugin-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

it('has a template of every kind', () => {
  expect([...KINDS].sort()).toEqual([...CONTRACTS].sort());
});

describe('what is asked for', () => {
  it('is a kind, a name and a folder', () => {
    expect(wantedOf(['pruner', 'first-come'])).toEqual({
      kind: 'pruner',
      name: 'first-come',
      folder: resolve('refrain-plugin-first-come'),
    });
    expect(wantedOf(['kernel', 'refrain-plugin-mine', 'here'])).toEqual({
      kind: 'kernel',
      name: 'mine',
      folder: resolve('here'),
    });
  });

  it.each([
    [[], 'Expected a kind of component, got none. There are dataset, decoder'],
    [['oven', 'mine'], 'got "oven"'],
    [['pruner'], 'such as my-pruner; got none'],
    [['pruner', 'My Pruner'], 'got "My Pruner"'],
    [['pruner', '../mine'], 'got "../mine"'],
    [['pruner', 'mine-'], 'got "mine-"'],
    [['pruner', '1st'], 'got "1st"'],
    [['pruner', 'a'.repeat(61)], 'at most 60'],
    [['pruner', 'mine', 'here', 'there'], 'got "there" too'],
  ])('is refused where it is %j', (words, why) => {
    expect(() => wantedOf(words)).toThrow(why);
  });
});

describe('a plugin', () => {
  it.each(KINDS)('of the kind %s has its name throughout, and is an ES module', async (kind) => {
    const folder = join(await emptyFolder(), 'new');
    const files = await createPlugin({ kind, name: 'quite-mine', folder });
    const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')));
    expect(texts.join('\n')).not.toContain(`my-${kind}`);
    const manifest = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    expect(manifest).toMatchObject({ name: 'refrain-plugin-quite-mine', type: 'module', exports: './index.js' });
    const { default: plugin } = await import(join(folder, 'index.js')).catch(
      () => import(`../templates/${kind}/index.js`),
    );
    expect(plugin.components[kind]).toHaveLength(1);
  });

  it('goes into an empty folder, and into none that is not', async () => {
    const folder = await emptyFolder();
    const wanted = { kind: 'pruner', name: 'mine', folder } as const;
    await createPlugin(wanted);
    const before = await readFile(join(folder, 'index.js'), 'utf8');
    await expect(createPlugin({ ...wanted, kind: 'kernel' })).rejects.toThrow(
      `${folder} is not empty (it has README.md)`,
    );
    expect(await readFile(join(folder, 'index.js'), 'utf8')).toBe(before);
    const other = await emptyFolder();
    await mkdir(join(other, '.git'));
    await expect(createPlugin({ ...wanted, folder: other })).rejects.toThrow('it has .git');
    await writeFile(join(other, 'file'), '');
    await expect(createPlugin({ ...wanted, folder: join(other, 'file') })).rejects.toThrow();
  });
});
