import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The kinds of component that there is a template of. */
export const KINDS = [
  'dataset',
  'decoder',
  'encoder',
  'clusterer',
  'pruner',
  'evaluator',
  'kernel',
  'executor',
] as const;

type Kind = (typeof KINDS)[number];

/** What is wrong with what somebody asked for, as a sentence that says what to do. */
export class AskedWrongly extends Error {}

/** What to make. */
export interface Wanted {
  readonly kind: Kind;
  /** Of the component: lower-case words joined by hyphens. */
  readonly name: string;
  /** An empty or a new folder. */
  readonly folder: string;
}

const TEMPLATES = fileURLToPath(new URL('../templates', import.meta.url));
const NAME = /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/;
const LONGEST_NAME = 60;
const PREFIX = 'refrain-plugin-';
/** Of what the generated test needs. */
const VITEST = '^4.1.0';

/** What the words of a command line ask for. Throws an `AskedWrongly`. */
export function wantedOf([kind, given = '', folder, ...more]: readonly string[]): Wanted {
  const known = KINDS.find((one) => one === kind);
  if (known === undefined)
    throw new AskedWrongly(`Expected a kind of component, got ${quoted(kind)}. There are ${KINDS.join(', ')}.`);
  const name = given.startsWith(PREFIX) ? given.slice(PREFIX.length) : given;
  if (!NAME.test(name) || name.length > LONGEST_NAME)
    throw new AskedWrongly(
      `Expected a name of at most ${LONGEST_NAME} lower-case letters and digits, words joined by hyphens, such as my-${kind}; got ${quoted(given)}.`,
    );
  if (more.length > 0) throw new AskedWrongly(`Expected a kind, a name and a folder, got ${quoted(more[0])} too.`);
  return { kind: known, name, folder: resolve(folder ?? PREFIX + name) };
}

/** Writes the plugin, and returns the names of its files. Throws an `AskedWrongly` where the folder is not empty. */
export async function createPlugin({ kind, name, folder }: Wanted): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const there = await readdir(folder);
  if (there.length > 0)
    throw new AskedWrongly(`${folder} is not empty (it has ${there[0]}): name a new folder, or empty this one.`);
  const files = {
    'package.json': `${JSON.stringify(await manifest(kind, name), null, 2)}\n`,
    'README.md': readme(kind, name),
    'index.js': await template(kind, name, 'index.js'),
    'index.test.js': await template(kind, name, 'index.test.js'),
  };
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text, { flag: 'wx' });
  return Object.keys(files);
}

async function template(kind: Kind, name: string, file: string): Promise<string> {
  const text = await readFile(join(TEMPLATES, kind, file), 'utf8');
  return text.replaceAll(`my-${kind}`, name);
}

async function manifest(kind: Kind, name: string): Promise<object> {
  const own = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')) as { version: string };
  const core = { '@refrain/core': `^${own.version}` };
  return {
    name: PREFIX + name,
    version: '0.1.0',
    description: `The ${kind} ${name} for Refrain`,
    keywords: ['refrain', 'plugin', kind],
    // A plugin is an ES module, which a package is not unless it says so.
    type: 'module',
    exports: './index.js',
    files: ['index.js'],
    // A conformance suite does more than vitest gives a test five seconds for.
    scripts: { test: 'vitest run --testTimeout 60000' },
    engines: { node: '>=20.19' },
    ...(kind === 'pruner' && { dependencies: { '@refrain/pruners': `^${own.version}` } }),
    peerDependencies: core,
    devDependencies: { ...core, vitest: VITEST },
  };
}

function readme(kind: Kind, name: string): string {
  const choice = kind === 'dataset' ? `--dataset ${name} --dataset-dir DIR` : `--dataset demo --${kind} ${name}`;
  return `# ${PREFIX}${name}

The ${kind} \`${name}\` for [Refrain](https://www.npmjs.com/package/refrain).

\`\`\`sh
npm install
npm test                                              # the conformance suite of every ${kind}
npx refrain plugins --plugin ./index.js               # it is listed
npx refrain run --plugin ./index.js ${choice}
\`\`\`

Published, it is \`npm install ${PREFIX}${name}\` and \`--plugin ${PREFIX}${name}\`.
`;
}

const quoted = (text: string | undefined) => (text === undefined || text === '' ? 'none' : JSON.stringify(text));
