import { expect, it } from 'vitest';
import { ConfigError, DataError, JobError, PluginError, RefrainError } from './errors.ts';

// The module again, as a plugin that brings its own copy of this package has it.
const copy: typeof import('./errors.ts') = await import(`./errors.ts?${'copy'}`);

it('an error is told by its code, whichever copy of the package made it', () => {
  expect(copy.DataError).not.toBe(DataError);
  const made: readonly (readonly [Error, unknown])[] = [
    [new copy.ConfigError('keep', 'wrong'), ConfigError],
    [new copy.DataError('clip', 'broken'), DataError],
    [new copy.PluginError('mine', 'missing'), PluginError],
    [new copy.JobError({ kind: 'stuck', reason: 'no sign' }), JobError],
  ];
  for (const [error, own] of made) {
    const types = [ConfigError, DataError, PluginError, JobError].filter((type) => error instanceof type);
    expect(types).toEqual([own]);
    expect(error).toBeInstanceOf(RefrainError);
  }
});

it('nothing else is one', () => {
  class OfAClip extends DataError {}
  expect(new copy.DataError('clip', 'broken')).not.toBeInstanceOf(OfAClip);
  expect(new OfAClip('clip', 'broken')).toBeInstanceOf(OfAClip);
  expect(new OfAClip('clip', 'broken')).toBeInstanceOf(copy.DataError);
  for (const other of [
    new Error('plain'),
    Object.assign(new Error('missing'), { code: 'ENOENT' }),
    { code: 'REFRAIN_DATA' },
    undefined,
  ])
    expect(other).not.toBeInstanceOf(RefrainError);
});
