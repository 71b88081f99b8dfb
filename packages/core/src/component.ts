import type { z } from '#zod';
import type { AudioReader } from './dataset.ts';
import type { Injectable } from './services.ts';

/** The schema of a component's options: an object whose every key has a default or is optional, described by `.describe()`. */
export type OptionsSchema = z.ZodObject;

/** Names of what a component has injected. */
export type Needs = readonly (keyof Injectable)[];

/**
 * A description of something a plugin offers: what it is called, which options it takes, what it needs, and how to make one.
 * Nothing is made, and no heavy library loaded, before `create` runs.
 */
export interface Component<T, Schema extends OptionsSchema = OptionsSchema, Injected extends Needs = Needs> {
  /** What the user writes to choose it: lower-case words joined by hyphens. */
  readonly name: string;
  /** One line for `refrain plugins`. */
  readonly description: string;
  readonly options: Schema;
  /** What `create` gets after the options, e.g. `['kernel', 'host']`. */
  readonly inject?: Injected;
  /**
   * What `create` runs with these options besides code that is loaded already: a program, or a package of the user's; as a noun with its name.
   * Absent or undefined where that is nothing. A person has to ask for it: the options of a folder that someone else made are not enough.
   */
  runs?(options: z.output<Schema>): string | undefined;
  /**
   * Of a dataset: what reads the audio of its clips, from the same options and needs, without its index and annotations. A clip is then known by its
   * `id`, `path` and `piece` alone, as a job tells them to a thread or another machine. Absent, or undefined for these options, where the whole
   * dataset is needed.
   */
  reader?(
    options: z.output<Schema>,
    ...needs: { readonly [I in keyof Injected]: Injectable[Injected[I]] }
  ): AudioReader | undefined | Promise<AudioReader | undefined>;
  create(
    options: z.output<Schema>,
    ...needs: { readonly [I in keyof Injected]: Injectable[Injected[I]] }
  ): T | Promise<T>;
}

/** A component as a plugin describes it, whatever its options and needs. */
// biome-ignore lint/suspicious/noExplicitAny: its options and needs are its own affair; they were checked where it was defined.
export type AnyComponent<T = unknown> = Component<T, any, any>;

/** A component with the options that somebody chose for it; they are checked before it is made. */
export interface Chosen<T> {
  readonly component: AnyComponent<T>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A component that is called to choose it, with its options: `hdbscan({ minClusterSize: 5 })`. */
export interface CallableComponent<T, Schema extends OptionsSchema, Injected extends Needs>
  extends Component<T, Schema, Injected> {
  (options?: z.input<Schema>): Chosen<T>;
}

/** `component`, to be put into a plugin as it is, or called with options to choose it. */
export function defineComponent<T, Schema extends OptionsSchema, const Injected extends Needs = readonly []>(
  component: Component<T, Schema, Injected>,
): CallableComponent<T, Schema, Injected> {
  const choose = (options: z.input<Schema> = {} as z.input<Schema>): Chosen<T> => ({ component: callable, options });
  // A function's own name gives way to the component's only when it is defined, not when it is assigned.
  const callable = Object.defineProperties(choose, Object.getOwnPropertyDescriptors(component)) as CallableComponent<
    T,
    Schema,
    Injected
  >;
  return callable;
}
