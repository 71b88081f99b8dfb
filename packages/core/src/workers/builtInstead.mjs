/** A module hook that takes what tsc made of a source of the workspace for the source. */
export async function resolve(specifier, context, nextResolve) {
  const found = await nextResolve(specifier, context);
  return { ...found, url: found.url.replace(/\/((?:packages|apps)\/[\w-]+)\/src\/(.*)\.ts$/, '/$1/dist/$2.js') };
}
