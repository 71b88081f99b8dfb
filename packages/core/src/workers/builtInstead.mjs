const SOURCE = /\/((?:packages|apps)\/[\w-]+)\/src\/(.*)\.ts$/;

/** A module hook that takes what tsc made of a source of the workspace for the source. Whatever that imports is built too. */
export function resolve(specifier, context, nextResolve) {
  if (!SOURCE.test(specifier)) return nextResolve(specifier, context);
  const { href } = new URL(specifier.replace(SOURCE, '/$1/dist/$2.js'), 'file:///');
  return { url: href, format: 'module', shortCircuit: true };
}
