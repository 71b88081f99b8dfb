// Puts what a package exports into few files, dist/bundle/*.js, beside what tsc wrote: a command that imports six hundred modules needs most of a second
// to start, one that imports thirty a third of it; so does each of its threads and processes, whose modules become bundles too. Run in the folder of a
// package, after tsc.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { build } from 'esbuild';

/** Packages of others that are made of so many files that they go into the bundle, with their licences. All others stay beside it. */
const INLINED =
  /^(?:#zod|zod|pure-rand|ml-[\w-]+|is-any-array|umap-js|inversify|reflect-metadata|@inversifyjs\/[\w-]+)(?:\/|$)/;
const OUTPUT = join('dist', 'bundle');

rmSync(OUTPUT, { recursive: true, force: true });

/** A thread or process that is started: its module is named as from the caller. */
const STARTED = /\b(startWorker|startProcess|threads|processes)\(import\.meta\.url, '\.\/(\w+)'/g;
const written = readdirSync('dist', { recursive: true }).filter((path) => path.endsWith('.js'));
const started = written.flatMap((path) => {
  const names = [...readFileSync(join('dist', path), 'utf8').matchAll(STARTED)].map(([, , name]) => name);
  // A comment may name one that is nowhere.
  return names.map((name) => [name, join('dist', dirname(path), `${name}.js`)]).filter(([, file]) => existsSync(file));
});

/** What tsc wrote, by the name of its bundle: `./dist/bundle/pruning.js` holds dist/pruning/index.js, which stands there by its types. */
const { exports = {}, publishConfig } = JSON.parse(readFileSync('package.json', 'utf8'));
const nameOf = (path) => basename(path, '.js');
const entryPoints = Object.fromEntries([
  ...Object.values(exports).flatMap(({ types, default: path }) =>
    path?.startsWith('./dist/bundle/') ? [[nameOf(path), types.replace(/\.d\.ts$/, '.js')]] : [],
  ),
  ...Object.values(publishConfig.bin ?? {}).map((path) => [nameOf(path), `./dist/${basename(path)}`]),
  ...started.map(([name, file]) => [name, `./${file}`]),
]);

/** An empty source map: ours lead to our sources, and need not lead into those of others. */
const EMPTY = Buffer.from('{"version":3,"sources":[""],"sourcesContent":[""],"names":[],"mappings":"AAAA"}').toString(
  'base64',
);
const UNMAPPED = `\n//# sourceMappingURL=data:application/json;base64,${EMPTY}`;

/** Bare names are left to node, but for those that are inlined. A file knows its own place by `import.meta.url`, and goes on to; threads stand beside the bundle. */
const ours = {
  name: 'refrain',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
      kind === 'entry-point' || INLINED.test(path)
        ? undefined
        : // Packages of ours do nothing when they are loaded, so what is not used of them is not loaded.
          { path, external: true, sideEffects: !path.startsWith('@refrain/') },
    );
    // zod has its messages in fifty languages, half of all it is.
    onResolve({ filter: /\/locales\/index\.js$/ }, ({ importer }) =>
      /[\\/]zod[\\/]/.test(importer) ? { path: join(importer, '..', '..', 'locales', 'en.js') } : undefined,
    );
    onLoad({ filter: /\.js$/ }, ({ path }) => {
      if (path.includes('node_modules'))
        return { contents: readFileSync(path, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '') + UNMAPPED };
      const place = JSON.stringify(relative(OUTPUT, path).replaceAll('\\', '/'));
      const contents = readFileSync(path, 'utf8')
        .replace(STARTED, "$1(BESIDE, './$2'")
        .replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`)
        .replaceAll('BESIDE', 'import.meta.url');
      return { contents };
    });
  },
};

const { metafile } = await build({
  entryPoints,
  outdir: OUTPUT,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  keepNames: true,
  sourcemap: true,
  metafile: true,
  logLevel: 'warning',
  plugins: [ours],
});

const folders = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input) ?? [];
  if (folder !== undefined) folders.add(folder);
}
const licences = [...folders].sort().map((folder) => {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return `${name} ${version}\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`;
});
if (licences.length > 0) writeFileSync(join(OUTPUT, 'LICENCES.txt'), licences.join('\n\n'));
