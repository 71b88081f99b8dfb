import { z } from '#zod';
import type { OptionsSchema } from './component.ts';
import { ConfigError } from './errors.ts';
import { nearest } from './nearest.ts';

/** One option of a component, for listings. */
export interface OptionDescription {
  readonly name: string;
  readonly description: string;
  /** Undefined where the option is left out unless given. */
  readonly default: unknown;
  /** Its type in a few characters, e.g. `number`, `"eom" | "leaf"`. */
  readonly type: string;
}

/**
 * The options a user gave, checked and completed with their defaults. Values may be strings, as a command line gives them.
 * Throws a ConfigError that names the option, e.g. `pruner.t`, with `owner` as what stands before the dot.
 */
export function parseOptions<Schema extends OptionsSchema>(
  schema: Schema,
  raw: Readonly<Record<string, unknown>>,
  owner: string,
): z.output<Schema> {
  const known = Object.keys(schema.shape);
  for (const name of Object.keys(raw)) {
    if (!known.includes(name)) {
      const meant = nearest(name, known);
      throw new ConfigError(
        `${owner}.${name}`,
        `${owner} has no option "${name}".${meant === undefined ? '' : ` Did you mean \`${owner}.${meant}\`?`} It has: ${known.join(', ') || 'none'}.`,
      );
    }
  }
  const result = schema.safeParse(raw);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = [owner, ...(issue?.path ?? [])].join('.');
  const given = JSON.stringify(
    issue?.path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)?.[key], raw),
  );
  throw new ConfigError(
    path,
    `${path}: ${issue?.message ?? 'not valid'}${given === undefined ? '' : ` (given: ${given})`}.`,
  );
}

/** What options a schema has, with types and defaults, in the order of their definition. */
export function describeOptions(schema: OptionsSchema): OptionDescription[] {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  return Object.entries(properties).map(([name, property]) => {
    const details = property as {
      description?: string;
      default?: unknown;
      type?: string;
      enum?: unknown[];
      anyOf?: { type?: string; enum?: unknown[] }[];
    };
    const alternatives = details.anyOf ?? [details];
    const type = alternatives
      .map((one) => one.enum?.map((value) => JSON.stringify(value)).join(' | ') ?? one.type ?? 'any')
      .join(' | ');
    return { name, description: details.description ?? '', default: details.default, type };
  });
}

const fromText = (value: unknown) => (typeof value === 'string' && value.trim() !== '' ? Number(value) : value);

/** A number option that also takes the text of a number, as a command line gives it. */
export const numberOption = (check: (schema: z.ZodNumber) => z.ZodNumber = (schema) => schema) =>
  z.preprocess(fromText, check(z.number()));

/** A yes/no option that also takes `true`, `false`, `on`, `off`, `1` and `0`. */
export const booleanOption = () =>
  z.preprocess((value) => {
    if (value === 'true' || value === 'on' || value === '1' || value === 1) return true;
    if (value === 'false' || value === 'off' || value === '0' || value === 0) return false;
    return value;
  }, z.boolean());
