import { isAbsolute, join, resolve as resolvePath } from 'node:path';
import { pathToFileURL } from 'node:url';
import { CONTRACT_VERSION, KINDS, LENT, messageOf, type Plugin, PluginError } from '@refrain/core';

/** A plugin and what the user called it. */
export interface LoadedPlugin {
  readonly name: string;
  readonly plugin: Plugin;
}

/** The packages of components that come with the runner. They are loaded like anybody's. */
const BUILT_IN = [
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
  const located = await Promise.all(names.map(async (name) => ({ name, url: await locate(name, folder) })));
  const own = builtIn.map((name) => `@refrain/${name}`).map((name) => load(name, import.meta.resolve(name)));
  const others = located.map(({ name, url }) => load(name, url));
  return Promise.all([...own, ...others]);
}

async function locate(name: string, folder: string): Promise<string> {
  if (isAbsolute(name) || /^\.{1,2}[\\/]/.test(name)) return pathToFileURL(resolvePath(folder, name)).href;
  const refuse = (why: string, cause?: unknown) => new PluginError(name, `Plugin "${name}" ${why}`, { cause });
  const unknown = 'is neither the name of a package nor the path of a file.';
  if (/^[a-z][a-z\d+.-]*:/i.test(name)) throw refuse(unknown);
  // Every thread loads this module, and hardly any needs this.
  const { resolve } = await import('import-meta-resolve');
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
  let module: { default?: unknown };
  try {
    module = await import(url);
  } catch (cause) {
    throw new PluginError(name, `Plugin "${name}" cannot be loaded: ${messageOf(cause)}${remedy(cause)}`, { cause });
  }
  const flaw = flawOf(module.default);
  if (flaw !== undefined) throw new PluginError(name, `Plugin "${name}": ${flaw}.`);
  return { name, plugin: module.default as Plugin };
}

/** What to change where Node takes a plugin for CommonJS, as the package.json of `npm init` has it; nothing else is known. */
function remedy(cause: unknown): string {
  const isModule =
    cause instanceof SyntaxError && /import statement outside a module|token 'export'|import\.meta/.test(cause.message);
  return isModule
    ? '. A plugin is an ES module: write "type": "module" into the package.json of its folder, or call the file .mjs.'
    : '';
}

const INJECTABLE: readonly unknown[] = [...KINDS, ...LENT];

/** What keeps `exported` from being a plugin, as a clause; undefined where nothing does. */
function flawOf(exported: unknown): string | undefined {
  const { contract, components } = fieldsOf(exported);
  if (typeof contract !== 'number' || typeof components !== 'object' || components === null)
    return 'its default export is not what definePlugin() of @refrain/core returns';
  if (contract !== CONTRACT_VERSION)
    return `it was built for contract ${contract} of @refrain/core, this is contract ${CONTRACT_VERSION}: install the version of the plugin that fits`;
  const listed = Object.entries(components).flatMap(([kind, some]) => [some].flat().map((one) => ({ kind, one })));
  if (listed.length === 0) return 'it brings no component';
  return listed.map(({ kind, one }) => flawOfComponent(kind, one)).find((flaw) => flaw !== undefined);
}

function flawOfComponent(kind: string, component: unknown): string | undefined {
  if (!(KINDS as readonly string[]).includes(kind)) return `there is no kind "${kind}" (known: ${KINDS.join(', ')})`;
  const { name, description, options, inject = [], create } = fieldsOf(component);
  if (typeof name !== 'string' || typeof description !== 'string') return `one ${kind} has no name or no description`;
  const { shape, safeParse } = fieldsOf(options);
  if (typeof shape !== 'object' || typeof safeParse !== 'function')
    return `the options of its ${kind} "${name}" are no schema of an object, as z.object() of @refrain/core gives`;
  if (typeof create !== 'function') return `its ${kind} "${name}" has no create()`;
  const wrong = Array.isArray(inject) ? inject.find((need) => !INJECTABLE.includes(need)) : inject;
  return Array.isArray(inject) && wrong === undefined
    ? undefined
    : `its ${kind} "${name}" wants ${JSON.stringify(wrong) ?? String(wrong)} injected; there are ${INJECTABLE.join(', ')}`;
}

const fieldsOf = (value: unknown) => (value ?? {}) as Readonly<Record<string, unknown>>;
