import { ConfigError, parseOptions, quietHost } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { audioFolder, gtzan, librispeech, magnatagatune, manifest, millionSong } from './index.ts';
import { BUILT_IN } from './loading.ts';

const LOADERS = [audioFolder, gtzan, librispeech, magnatagatune, manifest, millionSong];
const decoder = { name: 'builtin', fingerprint: 'builtin', ...BUILT_IN };

describe.each(LOADERS)('$name', ({ options, create }) => {
  it('names the option dir, as a library and the command call it, where it is missing or leads nowhere', async () => {
    expect(() => parseOptions(options, {}, 'dataset')).toThrow(/^dataset\.dir: give the (folder|manifest)/);
    const opened = (async () => create(options.parse({ dir: '/nowhere' }) as never, decoder, quietHost()))();
    await expect(opened).rejects.toThrow(ConfigError);
    await expect(opened).rejects.toMatchObject({
      option: 'dataset.dir',
      message: expect.stringMatching(/^dataset\.dir: there is no (file or )?folder \/nowhere\.$/),
    });
  });
});
