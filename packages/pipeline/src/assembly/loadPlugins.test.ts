import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PluginError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { loadPlugins } from './loadPlugins.ts';

describe('loadPlugins', () => {
  it.each([
    'data:text/javascript,export default { load() {} }',
    'DATA:text/javascript,export default { load() {} }',
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
});
