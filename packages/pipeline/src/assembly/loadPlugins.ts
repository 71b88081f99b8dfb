import { isAbsolute, join, resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, type Plugin, PluginError } from '@refrain/core';
import { resolve } from 'import-meta-resolve';

/** A plugin and what the user called it. */
export interface LoadedPlugin {
  readonly name: string;
  readonly module: Plugin;
}

/** The packages of components that come with the runner. They are loaded like anybody's. */
const BUILT_IN = [
  'decoders',
  'datasets',
  'demo',
  'encoders',
  'kernels',
  'clusterers',
  'pruners',
  'evaluators',
] as const;

/**
 * The built-in plugins and those in `names`: package names or paths such as `./mine.js`, resolved from `folder`, so that a plugin
 * needs only to be installed beside the run file; of the built-in ones those in `builtIn`. Nothing else is a name: no `data:`, `http:` or `node:`.
 * Throws a PluginError that says what to do.
 */
export async function loadPlugins(
  names: readonly string[],
  folder: string,
  builtIn: readonly (typeof BUILT_IN)[number][] = BUILT_IN,
): Promise<LoadedPlugin[]> {
  const located = names.map((name) => ({ name, url: locate(name, folder) }));
  const own = builtIn.map((name) => `@refrain/${name}`).map((name) => load(name, import.meta.resolve(name)));
  const others = located.map(({ name, url }) => load(name, url));
  return Promise.all([...own, ...others]);
}

function locate(name: string, folder: string): string {
  if (isAbsolute(name) || /^\.{1,2}[\\/]/.test(name)) return pathToFileURL(resolvePath(folder, name)).href;
  const refuse = (why: string, cause?: unknown) => new PluginError(name, `Plugin "${name}" ${why}`, { cause });
  const unknown = 'is neither the name of a package nor the path of a file.';
  if (/^[a-z][a-z\d+.-]*:/i.test(name)) throw refuse(unknown);
  let url: string;
  try {
    url = resolve(name, pathToFileURL(join(folder, 'run.json')).href);
  } catch (cause) {
    throw refuse(
      `is not found from ${folder}: install it there (npm install ${name}), or give the path of its file.`,
      cause,
    );
  }
  // The others are Node's own.
  if (!url.startsWith('file:')) throw refuse(unknown);
  return url;
}

async function load(name: string, url: string): Promise<LoadedPlugin> {
  let module: { default?: Partial<Plugin> };
  try {
    module = await import(url);
  } catch (cause) {
    throw new PluginError(name, `Plugin "${name}" cannot be loaded: ${messageOf(cause)}`, { cause });
  }
  if (typeof module.default?.load !== 'function') {
    throw new PluginError(
      name,
      `Plugin "${name}": its default export is not what definePlugin() of @refrain/core returns.`,
    );
  }
  return { name, module: module.default as Plugin };
}
