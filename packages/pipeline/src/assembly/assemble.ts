import {
  Catalogue,
  type Component,
  ConfigError,
  type Host,
  KINDS,
  type Kind,
  PluginError,
  parseOptions,
  Service,
  type Services,
} from '@refrain/core';
import { Container, type ServiceIdentifier } from 'inversify';
import type { LoadedPlugin } from './loadPlugins.ts';

/** A component chosen by name, with the options the user gave it. */
export interface Choice {
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** Which component serves each kind. Only evaluators come in numbers. */
export type Choices = { readonly [K in Exclude<Kind, 'evaluator'>]?: Choice } & {
  readonly evaluator?: readonly Choice[];
};

/** A component as a plugin described it, whatever it makes. */
// biome-ignore lint/suspicious/noExplicitAny: what a component needs was checked where it was defined.
export type AnyComponent = Component<unknown, any, any>;

/** The chosen components, made on first use together with what they need. */
export interface Assembly {
  get<K extends Exclude<Kind, 'evaluator'>>(kind: K): Promise<Services[K]>;
  evaluators(): Promise<readonly Services['evaluator'][]>;
  /** Another component of a kind than the chosen one, with what it needs; throws a ConfigError where there is none or an option is wrong. */
  make<K extends Exclude<Kind, 'evaluator'>>(kind: K, choice: Choice): Promise<Services[K]>;
  /** Another component for a kind from now on; the one before is closed. Throws as `make` does. */
  choose(kind: Exclude<Kind, 'evaluator'>, choice: Choice): Promise<void>;
  /** The options that a component takes; throws a ConfigError where there is none of that name. */
  optionNames(kind: Kind, name: string): readonly string[];
  /** The chosen components with every option as it took effect, defaults included. */
  readonly resolved: Readonly<Partial<Record<Kind, readonly Choice[]>>>;
  /** Closes every component that was made and has something to close. */
  close(): Promise<void>;
}

/** All components of the plugins, by kind, in the order of the plugins. Throws a PluginError for an unusable plugin. */
export function catalogue(plugins: readonly LoadedPlugin[]): Readonly<Record<Kind, readonly AnyComponent[]>> {
  return componentsOf(loadAll(plugins));
}

/** What is put around a component when it is made. */
export type Around = { readonly [K in Exclude<Kind, 'evaluator'>]?: (component: Services[K]) => Services[K] };

/**
 * Binds the chosen components. Options are checked here, before anything is made: a ConfigError names the option.
 * This is the only place that touches the container.
 */
export function assemble(
  plugins: readonly LoadedPlugin[],
  choices: Choices,
  host: Host,
  around: Around = {},
): Assembly {
  const container = loadAll(plugins);
  const known = componentsOf(container);
  const resolved: Partial<Record<Kind, Choice[]>> = {};
  container.bind(Service.host).toConstantValue(host);
  const bind = (kind: Kind, { use, options: given }: Choice) => {
    const component = find(known[kind], kind, use);
    const options = parseOptions(component.options, given, kind === 'evaluator' ? use : kind);
    resolved[kind] = [...(resolved[kind] ?? []), { use, options }];
    let made: unknown;
    container
      .bind<unknown>(Service[kind])
      .toResolvedValue(
        async (...needs: unknown[]) => {
          made = await component.create(options, ...needs);
          return decorate(kind, made, around);
        },
        [...(component.inject ?? [])],
      )
      .inSingletonScope()
      .onDeactivation(async () => (made as { close?(): Promise<void> }).close?.());
  };
  for (const kind of KINDS) {
    const chosen = choices[kind];
    for (const choice of chosen === undefined ? [] : 'use' in chosen ? [chosen] : chosen) bind(kind, choice);
  }
  return {
    resolved,
    get: <K extends Exclude<Kind, 'evaluator'>>(kind: K) =>
      container.getAsync<Services[K]>(Service[kind] as ServiceIdentifier<Services[K]>),
    evaluators: () => container.getAllAsync(Service.evaluator),
    make: async <K extends Exclude<Kind, 'evaluator'>>(kind: K, { use, options }: Choice) => {
      const component = find(known[kind], kind, use);
      const needs = await Promise.all((component.inject ?? []).map((need) => container.getAsync<unknown>(need)));
      return decorate(
        kind,
        await component.create(parseOptions(component.options, options, kind), ...needs),
        around,
      ) as Services[K];
    },
    choose: async (kind, choice) => {
      await container.unbindAsync(Service[kind]);
      resolved[kind] = [];
      bind(kind, choice);
    },
    optionNames: (kind, name) => Object.keys(find(known[kind], kind, name).options.shape),
    close: () => container.unbindAllAsync(),
  };
}

function decorate(kind: Kind, component: unknown, around: Around): unknown {
  const wrap = kind === 'evaluator' ? undefined : around[kind];
  return wrap === undefined ? component : (wrap as (component: unknown) => unknown)(component);
}

function loadAll(plugins: readonly LoadedPlugin[]): Container {
  const container = new Container();
  const seen = new Map<string, string>();
  for (const { name, module } of plugins) {
    let registered = 0;
    container.load(module);
    for (const [kind, components] of Object.entries(componentsOf(container))) {
      for (const component of components) {
        const key = `${kind} "${component.name}"`;
        const count = components.filter((other) => other.name === component.name).length;
        if (count > 1)
          throw new PluginError(
            name,
            `Plugin "${name}" brings ${key}, which ${seen.get(key) ?? 'it'} has already; leave one of them out.`,
          );
        if (!seen.has(key)) {
          seen.set(key, name);
          registered++;
        }
      }
    }
    if (registered === 0) {
      throw new PluginError(
        name,
        `Plugin "${name}" registered nothing. Was it built for another major version of @refrain/core?`,
      );
    }
  }
  return container;
}

function componentsOf(container: Container): Record<Kind, readonly AnyComponent[]> {
  const of = (kind: Kind) =>
    container.isBound(Catalogue[kind])
      ? container.getAll<AnyComponent>(Catalogue[kind] as ServiceIdentifier<AnyComponent>)
      : [];
  return Object.fromEntries(KINDS.map((kind) => [kind, of(kind)])) as Partial<Record<Kind, AnyComponent[]>> as Record<
    Kind,
    AnyComponent[]
  >;
}

function find(components: readonly AnyComponent[], kind: Kind, name: string): AnyComponent {
  const component = components.find((one) => one.name === name);
  if (component !== undefined) return component;
  const known = components.map((one) => one.name).join(', ') || 'none';
  throw new ConfigError(
    kind,
    `There is no ${kind} "${name}". Known: ${known}. A plugin that brings more is loaded with \`plugin\` NAME.`,
  );
}
