import type { ServiceIdentifier } from 'inversify';
import type { z } from 'zod';

/** The schema of a component's options: an object whose every key has a default or is optional, described by `.describe()`. */
export type OptionsSchema = z.ZodObject;

/**
 * A description of something a plugin offers: what it is called, which options it takes, what it needs, and how to make one.
 * Nothing is made, and no heavy library loaded, before `create` runs.
 */
export interface Component<
  T,
  Schema extends OptionsSchema = OptionsSchema,
  Needs extends readonly unknown[] = readonly never[],
> {
  /** What the user writes to choose it: lower-case words joined by hyphens. */
  readonly name: string;
  /** One line for `refrain plugins`. */
  readonly description: string;
  readonly options: Schema;
  /** The services that `create` gets after the options, e.g. `[Service.kernel]`. */
  readonly inject?: { readonly [K in keyof Needs]: ServiceIdentifier<Needs[K]> };
  /**
   * What `create` runs with these options besides code that is loaded already: a program, or a package of the user's; as a noun with its name.
   * Absent or undefined where that is nothing. A person has to ask for it: the options of a folder that someone else made are not enough.
   */
  runs?(options: z.output<Schema>): string | undefined;
  create(options: z.output<Schema>, ...needs: Needs): T | Promise<T>;
}

/** `component` itself: this only lets TypeScript infer the types of its options and needs. */
export function defineComponent<T, Schema extends OptionsSchema, const Needs extends readonly unknown[] = readonly []>(
  component: Component<T, Schema, Needs>,
): Component<T, Schema, Needs> {
  return component;
}
