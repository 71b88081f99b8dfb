import { existsSync } from 'node:fs';

const SOURCE = /\/((?:packages|apps)\/[\w-]+)\/src\/(.*?)([\w-]+)\.ts$/;

/**
 * A module hook that takes for a source of the workspace what was made of it: its bundle, as threads and processes have one, else what tsc wrote. Whatever
 * that imports is built too.
 */
export function resolve(specifier, context, nextResolve) {
  if (!SOURCE.test(specifier)) return nextResolve(specifier, context);
  const [bundle, file] = ['/$1/dist/bundle/$3.js', '/$1/dist/$2$3.js'].map(
    (place) => new URL(specifier.replace(SOURCE, place), 'file:///'),
  );
  return { url: (existsSync(bundle) ? bundle : file).href, format: 'module', shortCircuit: true };
}
