import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';

/** The part of a package.json that says who knows whom. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

const PACKAGES = [
  'core',
  'onnx',
  'checkpoints',
  'audio',
  'decoders',
  'datasets',
  'demo',
  'encoders',
  'executors',
  'bullmq',
  'kernels',
  'clusterers',
  'pruners',
  'evaluators',
  'parquet',
  'pruned-dataset',
  'pipeline',
];

/** The package of the command, which has the name of the whole. */
const COMMAND = 'refrain';

/** Which packages of the workspace each may know. Whoever is not listed is a plugin of third parties (see `THIRD_PARTIES`). */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  '@refrain/core': [],
  '@refrain/onnx': ['core'],
  '@refrain/checkpoints': ['core'],
  '@refrain/audio': ['core', 'onnx'],
  '@refrain/parquet': ['core'],
  '@refrain/decoders': ['core', 'audio'],
  '@refrain/datasets': ['core', 'onnx', 'checkpoints', 'audio', 'parquet'],
  '@refrain/demo': ['core', 'onnx', 'audio'],
  '@refrain/encoders': ['core', 'onnx', 'checkpoints', 'audio'],
  '@refrain/executors': ['core'],
  '@refrain/bullmq': ['core'],
  '@refrain/kernels': ['core', 'onnx'],
  '@refrain/clusterers': ['core', 'onnx'],
  '@refrain/pruners': ['core'],
  '@refrain/evaluators': ['core', 'onnx', 'checkpoints'],
  '@refrain/pruned-dataset': ['core', 'parquet'],
  '@refrain/pipeline': PACKAGES.filter((name) => name !== 'pipeline'),
  [COMMAND]: PACKAGES,
  // Types of what the page shows, and nothing that runs.
  '@refrain/report': ['pruned-dataset'],
  // The workspace root and the tools are no part of the product; the root knows the command, so that its command is at hand, and the
  // core, so that a plugin written there finds it.
  'refrain-workspace': ['core', COMMAND],
  '@refrain/examples': PACKAGES,
  '@refrain/tools': [...PACKAGES, COMMAND],
};

/** What the plugins of third parties may know: the contracts, and the toolkit of ranking pruners, which needs nothing else. */
const THIRD_PARTIES = ['core', 'pruners'];

/** What only some may know: the container; and onnxruntime, whose telemetry is kept off in the one place that loads it (tools read its version). */
const KNOWN_TO_FEW: Readonly<Record<string, readonly string[]>> = {
  inversify: ['@refrain/pipeline'],
  'onnxruntime-node': ['@refrain/onnx', '@refrain/tools'],
};

/** Every dependency that the house forbids, as a sentence; empty when all is well. */
export function violations(manifests: readonly Manifest[]): string[] {
  return manifests.flatMap((manifest) => {
    const allowed = new Set((MAY_KNOW[manifest.name] ?? THIRD_PARTIES).map(packageName));
    const known = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies, ...manifest.peerDependencies });
    const foreign = known.filter((name) => (name === COMMAND || name.startsWith('@refrain/')) && !allowed.has(name));
    const reserved = known.filter((name) => KNOWN_TO_FEW[name]?.includes(manifest.name) === false);
    return [...foreign, ...reserved].map((name) => `${manifest.name} must not depend on ${name}`);
  });
}

const packageName = (name: string) => (name === COMMAND ? name : `@refrain/${name}`);

/** The package.json files of the workspace at `root`, by the folder they are in. */
export function workspaceManifests(root: string): Map<string, Manifest> {
  const parents = ['packages', 'apps', join('apps', 'runner', 'examples')];
  const folders = [
    '.',
    'examples',
    'tools',
    ...parents.flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name))),
  ];
  const withManifest = folders.filter((folder) => existsSync(join(root, folder, 'package.json')));
  return new Map(
    withManifest.map((folder) => [
      folder,
      JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest,
    ]),
  );
}

/** The folders that a package's tsconfig.json references, relative to `root`; undefined where there is none. */
export function projectReferences(root: string, folder: string): string[] | undefined {
  const file = join(root, folder, 'tsconfig.json');
  if (!existsSync(file)) return undefined;
  const { references = [] } = JSON.parse(readFileSync(file, 'utf8')) as { references?: { path: string }[] };
  return references.map(({ path }) => join(folder, path));
}

/** The TypeScript files of packages, apps and tools below `root`, and which of them each imports by a relative path, types included. */
export function relativeImports(root: string): Map<string, readonly string[]> {
  const files = ['packages', 'apps', 'tools'].flatMap((folder) => typescriptIn(root, folder));
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const targets = Array.from(text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+\.tsx?)'/g), ([, target]) =>
        normalize(join(file, '..', target!)),
      );
      return [file, targets];
    }),
  );
}

function typescriptIn(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ['node_modules', 'dist'].includes(entry.name) ? [] : typescriptIn(root, path);
    return /\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

/** The circles among files that import each other, one for each import that closes one, as `a → b → a`. */
export function importCircles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const circles: string[] = [];
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string) => {
    const start = path.indexOf(file);
    if (start >= 0) circles.push([...path.slice(start), file].join(' → '));
    if (start >= 0 || done.has(file)) return;
    path.push(file);
    for (const target of imports.get(file) ?? []) visit(target);
    path.pop();
    done.add(file);
  };
  for (const file of imports.keys()) visit(file);
  return circles;
}
