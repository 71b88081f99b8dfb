import { ConfigError } from '@refrain/core';
import { expect, it } from 'vitest';
import { settingsOf } from './settings.ts';

it('reads names, lists and numbers', () => {
  const settings = settingsOf([
    'hdbscan',
    '--n',
    '2000,25_863',
    '--workers',
    '3',
    '--modes',
    'webgpu,cpu',
    '--folder',
    'f',
    '--write',
  ]);
  expect(settings).toMatchObject({
    names: ['hdbscan'],
    rows: [2000, 25_863],
    workers: 3,
    modes: ['webgpu', 'cpu'],
    folder: 'f',
    write: true,
  });
  expect(settings).toMatchObject({
    cols: 512,
    seed: 0,
    repeat: undefined,
    pythonRows: undefined,
  });
});

it.each([
  [['--n', '1']],
  [['--n', '10,']],
  [['--n', '2.5']],
  [['--workers', '0']],
  [['--seed', 'x']],
  [['--unheard-of']],
  [['--n']],
])('refuses %j', (parameters) => {
  expect(() => settingsOf(parameters)).toThrow(ConfigError);
});
