import type { AnyComponent } from './component.ts';
import type { Kind, Services } from './services.ts';

/** The components of a plugin, by kind. */
export type PluginComponents = { readonly [K in Kind]?: readonly AnyComponent<Services[K]>[] };

/** The major version of the contracts that this package describes. A plugin built for another one is refused. */
export const CONTRACT_VERSION = 1;

/** What a plugin package exports by default: plain data, so that it may come with its own copy of this package, or with none. */
export interface Plugin {
  readonly contract: typeof CONTRACT_VERSION;
  readonly components: PluginComponents;
}

/** A plugin: make it the default export of its package. */
export const definePlugin = (components: PluginComponents): Plugin => ({ contract: CONTRACT_VERSION, components });
