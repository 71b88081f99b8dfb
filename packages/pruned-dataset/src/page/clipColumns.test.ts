import { describe, expect, it } from 'vitest';
import { commonBegin } from './clipColumns.ts';

const begin = (...paths: (string | undefined)[]) =>
  commonBegin(paths.map((path) => (path === undefined ? {} : { path })));

describe('what all paths begin with', () => {
  it.each([
    [['/a/b/c.wav', '/a/b/d/e.wav'], '/a/b/'],
    [['/a/b/c.wav', '/a/bc/d.wav'], '/a/'],
    [['/a/b.wav', '/c/d.wav'], '/'],
    [['a.wav', 'b.wav'], ''],
    [['x/a.wav', undefined, 'x/b.wav'], 'x/'],
    [[undefined], ''],
    [[], ''],
  ])('of %j is %j', (paths, expected) => {
    expect(begin(...paths)).toBe(expected);
  });

  it.skipIf(process.platform === 'win32')('ends with a slash, not within a name that has the other one', () => {
    expect(begin('/a/b\\1.wav', '/a/b\\2.wav')).toBe('/a/');
  });
});
