import {
  type AnyComponent,
  type AudioReader,
  ConfigError,
  type Encoder,
  type Injectable,
  KINDS,
  type Kind,
  LENT,
  nearest,
  PluginError,
  parseOptions,
  type Services,
} from '@refrain/core';
import { Container } from 'inversify';
import { type MakePart, openComposite } from '../embed/compositeEncoder.ts';
import { partsOf } from './compositeChoice.ts';
import type { LoadedPlugin } from './loadPlugins.ts';

/** A component chosen by name, with the options the user gave it. */
export interface Choice {
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** The component itself, where a program chose it, be it of a plugin or not. */
  readonly component?: AnyComponent;
  /** What it would make, made already: whoever did that closes it, too. */
  readonly instance?: object;
  /** Encoders side by side: then `use` has their names, with commas, and options stand under them. */
  readonly parts?: readonly Choice[];
  /** Whether nobody named it. */
  readonly isDefault?: boolean;
}

/** Which component serves each kind. Only evaluators come in numbers. */
export type Choices = { readonly [K in Exclude<Kind, 'evaluator'>]?: Choice } & {
  readonly evaluator?: readonly Choice[];
};

/** The chosen components, made on first use together with what they need. */
export interface Assembly {
  get<K extends Exclude<Kind, 'evaluator'>>(kind: K): Promise<Services[K]>;
  evaluators(): Promise<readonly Services['evaluator'][]>;
  /** Another component of a kind than the chosen one, with what it needs; throws a ConfigError where there is none or an option is wrong. */
  make<K extends Exclude<Kind, 'evaluator'>>(kind: K, choice: Choice): Promise<Services[K]>;
  /** What reads clips of a dataset that is not chosen, without opening it; undefined where that needs the whole. Throws as `make` does. */
  audioReader(dataset: Choice): Promise<AudioReader | undefined>;
  /** Another component for a kind from now on; the one before is closed. Throws as `make` does. */
  choose(kind: Exclude<Kind, 'evaluator'>, choice: Choice): Promise<void>;
  /** The options that a component takes; throws a ConfigError where there is none of that name. */
  optionNames(kind: Kind, name: string): readonly string[];
  /** The chosen components with every option as it took effect, defaults included. */
  readonly resolved: Readonly<Partial<Record<Kind, readonly Choice[]>>>;
  /** Whether another thread, which has the plugins alone, can make what is chosen of this kind. */
  isPortable(kind: Kind): boolean;
  /** Closes every component that was made and has something to close. */
  close(): Promise<void>;
}

/** The components of one or more plugins, by kind. */
export type Catalogue = { readonly [K in Kind]: readonly AnyComponent<Services[K]>[] };

/** All components of the plugins, by kind, in the order of the plugins. Throws a PluginError where two have the same kind and name. */
export function catalogue(plugins: readonly LoadedPlugin[]): Catalogue {
  const owners = new Map<string, string>();
  for (const { name, plugin } of plugins) {
    for (const kind of KINDS) {
      for (const component of plugin.components[kind] ?? []) {
        const key = `${kind} "${component.name}"`;
        const owner = owners.get(key);
        if (owner !== undefined)
          throw new PluginError(
            name,
            `Plugin "${name}" brings ${key}, which ${owner === name ? 'it' : owner} has already; leave one of them out.`,
          );
        owners.set(key, name);
      }
    }
  }
  return Object.fromEntries(
    KINDS.map((kind) => [
      kind,
      plugins.flatMap(({ plugin }): readonly AnyComponent[] => plugin.components[kind] ?? []),
    ]),
  ) as unknown as Catalogue;
}

/** What a program lends the components. What is absent nobody can have injected. */
export type Lent = Pick<Injectable, 'host'> & Partial<Pick<Injectable, (typeof LENT)[number]>>;

/** What is put around a component when it is made. */
export type Around = { readonly [K in Exclude<Kind, 'evaluator'>]?: (component: Services[K]) => Services[K] };

/**
 * Binds the chosen components. Options are checked here, before anything is made: a ConfigError names the option.
 * This is the only place that touches the container.
 */
export function assemble(
  plugins: readonly LoadedPlugin[],
  choices: Choices,
  lent: Lent,
  around: Around = {},
): Assembly {
  const known = catalogue(plugins);
  const container = new Container();
  const resolved: Partial<Record<Kind, Choice[]>> = {};
  for (const name of LENT) if (lent[name] !== undefined) container.bind<unknown>(name).toConstantValue(lent[name]);
  // The container remembers them, and throws them once more when it is emptied.
  const failures = new Set<unknown>();
  const failing = async <T>(made: T | Promise<T>): Promise<T> => {
    try {
      return await made;
    } catch (error) {
      failures.add(error);
      throw error;
    }
  };
  const get = <K extends keyof Injectable>(name: K) => container.getAsync<Injectable[K]>(name);
  const encodersIn = (kind: Kind, choice: Choice) =>
    kind === 'encoder' ? partsOf(choice, ({ use, component }) => component ?? byName(known.encoder, use)) : undefined;
  /** What makes a component of its own, with its options checked. */
  const makerOf = (kind: Kind, choice: Choice, owner: string) => {
    const component = find(known[kind], kind, choice);
    const options = parseOptions(component.options, choice.options, owner);
    const make = async (more: Readonly<Record<string, unknown>> = {}): Promise<unknown> =>
      component.create(
        parseOptions(component.options, { ...options, ...more }, owner),
        ...(await Promise.all((component.inject ?? []).map(get))),
      );
    return { options, make };
  };
  /** The same for encoders side by side, and the choice as it takes effect. */
  const compositeOf = (parts: readonly Choice[]) => {
    const makers = parts.map((choice) => {
      const { use, instance } = choice;
      if (instance !== undefined) return { choice, make: async () => instance as Encoder, isLent: true };
      const { options, make } = makerOf('encoder', choice, `encoder.${use}`);
      return { choice: { ...choice, options }, make: make as MakePart['make'] };
    });
    const options = Object.fromEntries(makers.map(({ choice }) => [choice.use, choice.options]));
    const choice = { use: parts.map(({ use }) => use).join(','), options, parts: makers.map(({ choice }) => choice) };
    return { choice, make: () => openComposite(makers) };
  };
  const bindComposite = (parts: readonly Choice[]) => {
    const { choice, make } = compositeOf(parts);
    resolved.encoder = [choice];
    let made: Encoder | undefined;
    container
      .bind<unknown>('encoder')
      .toResolvedValue(async () => {
        made = await failing(make());
        return decorate('encoder', made, around);
      }, [])
      .inSingletonScope()
      .onDeactivation(async () => made?.close?.());
  };
  const bind = (kind: Kind, choice: Choice) => {
    const { use, instance } = choice;
    const parts = encodersIn(kind, choice);
    if (parts !== undefined) {
      bindComposite(parts);
      return;
    }
    if (instance !== undefined) {
      resolved[kind] = [...(resolved[kind] ?? []), { use, options: {}, instance }];
      container.bind<unknown>(kind).toConstantValue(decorate(kind, instance, around));
      return;
    }
    const component = find(known[kind], kind, choice);
    const options = parseOptions(component.options, choice.options, kind === 'evaluator' ? use : kind);
    resolved[kind] = [...(resolved[kind] ?? []), { use, options, ...(choice.component && { component }) }];
    let made: unknown;
    container
      .bind<unknown>(kind)
      .toResolvedValue(
        async (...needs: unknown[]) => {
          made = await failing(component.create(options, ...needs));
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
    get,
    evaluators: () => container.getAllAsync('evaluator'),
    isPortable: (kind) =>
      (resolved[kind] ?? [])
        .flatMap((choice) => choice.parts ?? [choice])
        .every(
          ({ instance, component }) =>
            instance === undefined &&
            (component === undefined || (known[kind] as readonly unknown[]).includes(component)),
        ),
    make: async <K extends Exclude<Kind, 'evaluator'>>(kind: K, choice: Choice) => {
      if (choice.instance !== undefined) return choice.instance as Services[K];
      const parts = encodersIn(kind, choice);
      const { make } = parts === undefined ? makerOf(kind, choice, kind) : compositeOf(parts);
      return decorate(kind, await make(), around) as Services[K];
    },
    audioReader: async (choice) => {
      const component = find(known.dataset, 'dataset', choice);
      const options = parseOptions(component.options, choice.options, 'dataset');
      return component.reader?.(options, ...(await Promise.all((component.inject ?? []).map(get))));
    },
    choose: async (kind, choice) => {
      await container.unbindAsync(kind);
      resolved[kind] = [];
      bind(kind, choice);
    },
    optionNames: (kind, use) => Object.keys(find(known[kind], kind, { use, options: {} }).options.shape),
    close: () =>
      container.unbindAllAsync().catch((error: unknown) => {
        if (!failures.has(error)) throw error;
      }),
  };
}

function decorate(kind: Kind, component: unknown, around: Around): unknown {
  const wrap = kind === 'evaluator' ? undefined : around[kind];
  return wrap === undefined ? component : (wrap as (component: unknown) => unknown)(component);
}

function byName(components: readonly AnyComponent[], name: string): AnyComponent | undefined {
  return components.find((one) => one.name === name);
}

function find(components: readonly AnyComponent[], kind: Kind, { use: name, component: given }: Choice): AnyComponent {
  const component = given ?? byName(components, name);
  if (component !== undefined) return component;
  const known = components.map((one) => one.name);
  const meant = nearest(name, known);
  throw new ConfigError(
    kind,
    `There is no ${kind} "${name}".${meant === undefined ? '' : ` Did you mean "${meant}"?`} Known: ${known.join(', ') || 'none'}. A plugin that brings more is loaded with \`plugin\` NAME.`,
  );
}
