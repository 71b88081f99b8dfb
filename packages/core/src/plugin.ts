import { ContainerModule } from 'inversify';
import type { Component, OptionsSchema } from './component.ts';
import { Catalogue, KINDS, type Kind, type Services } from './services.ts';

/** The components of a plugin, by kind. */
export type PluginComponents = {
  // biome-ignore lint/suspicious/noExplicitAny: a component's needs are its own affair; they were checked where it was defined.
  readonly [K in Kind]?: readonly Component<Services[K], OptionsSchema & any, any>[];
};

/** What a plugin package exports by default: a container module that binds descriptions of its components. */
export interface Plugin extends ContainerModule {}

/** A plugin: make it the default export of its package. */
export function definePlugin(components: PluginComponents): Plugin {
  return new ContainerModule(({ bind }) => {
    for (const kind of KINDS) {
      for (const component of components[kind] ?? []) {
        bind<unknown>(Catalogue[kind]).toConstantValue(component);
      }
    }
  });
}
