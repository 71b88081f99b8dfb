import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PluginError, quietHost } from '@refrain/core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { assemble } from './assemble.ts';
import { loadPlugins } from './loadPlugins.ts';

describe('loadPlugins', () => {
  it.each([
    'data:text/javascript,export default { contract: 1 }',
    'DATA:text/javascript,export default { contract: 1 }',
    'node:fs',
    'fs',
    'http://127.0.0.1/plugin.js',
    'blob:plugin',
    pathToFileURL(join(tmpdir(), 'plugin.mjs')).href,
  ])('takes packages and paths of files, not %s', async (name) => {
    const failure = loadPlugins([name], tmpdir(), []);
    await expect(failure).rejects.toBeInstanceOf(PluginError);
    await expect(failure).rejects.toThrow('is neither the name of a package nor the path of a file');
  });

  it.each([
    ['export const x = 1;', 'its default export is not what definePlugin() of @refrain/core returns'],
    ['export default { load() {}, id: 1 };', 'its default export is not what definePlugin() of @refrain/core returns'],
    ['export default { contract: 1, components: {} };', 'it brings no component'],
    [
      'export default { contract: 2, components: {} };',
      'it was built for contract 2 of @refrain/core, this is contract 1: install the version of the plugin that fits',
    ],
    ['export default { contract: 1, components: { oven: [{}] } };', 'there is no kind "oven"'],
    ['export default { contract: 1, components: { kernel: [7] } };', 'one kernel has no name or no description'],
    [
      'export default { contract: 1, components: { kernel: [{ name: "k", description: "", options: {} }] } };',
      'the options of its kernel "k" are no schema',
    ],
    [
      'const options = { shape: {}, safeParse() {} }; export default { contract: 1, components: { kernel: [{ name: "k", description: "", options, create() {}, inject: ["gpu"] }] } };',
      'its kernel "k" wants "gpu" injected; there are decoder, ',
    ],
  ])('refuses %s', async (source, flaw) => {
    const file = join(await mkdtemp(join(tmpdir(), 'plugin-')), 'mine.mjs');
    onTestFinished(() => rm(dirname(file), { recursive: true }));
    await writeFile(file, source);
    const failure = loadPlugins([file], tmpdir(), []);
    await expect(failure).rejects.toBeInstanceOf(PluginError);
    await expect(failure).rejects.toThrow(`Plugin "${file}": ${flaw}`);
  });

  it('takes plain data, made without definePlugin', async () => {
    const file = join(await mkdtemp(join(tmpdir(), 'plugin-')), 'mine.mjs');
    onTestFinished(() => rm(dirname(file), { recursive: true }));
    await writeFile(
      file,
      'const options = { shape: {}, safeParse: (data) => ({ success: true, data }) };' +
        'export default { contract: 1, components: { encoder: [{ name: "mine", description: "", options, create: () => ({ dim: 7 }) }] } };',
    );
    const assembly = assemble(
      await loadPlugins([file], tmpdir(), []),
      { encoder: { use: 'mine', options: {} } },
      { host: quietHost() },
    );
    expect(await assembly.get('encoder')).toEqual({ dim: 7 });
  });
});
