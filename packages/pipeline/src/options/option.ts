import { ConfigError, z } from '@refrain/core';

/** The steps of a run that options belong to; a command takes the options of some of them. */
type Step =
  | 'source'
  | 'ownEmbeddings'
  | 'embed'
  | 'space'
  | 'duplicates'
  | 'cluster'
  | 'prune'
  | 'rules'
  | 'parent'
  | 'prunedFolder'
  | 'earlier'
  | 'evaluate'
  | 'coverage'
  | 'compare'
  | 'leaks'
  | 'copies'
  | 'save'
  | 'execute'
  | 'always';

/** What has to be made anew where an option changes; each needs the ones after it made anew too. Absent where nothing has. */
type Invalidates = 'embeddings' | 'space' | 'clusters' | 'choice';

/** One option of a run, under its name in the library (`minPerLabel`). */
export interface Option<Schema extends z.ZodType = z.ZodType> {
  /** One line: what it is. A default in the schema is told beside it. */
  readonly help: string;
  readonly step: Step | string | readonly (Step | string)[];
  /** Checks a value, also as text, and fills in the default. */
  readonly schema: Schema;
  /** What stands for the value in a usage text; by default it is made from the schema. Empty for a switch. */
  readonly value?: string;
  /** The component option it sets, e.g. `pruner.t`, which the component checks, or the kind whose component it chooses, e.g. `pruner`. */
  readonly sets?: string;
  readonly invalidates?: Invalidates;
  readonly isRepeatable?: boolean;
  /** A file or folder. Its name is made absolute, so that what a folder records means the same from every working directory. */
  readonly isPath?: boolean;
  /** Taken from a person only, never from what an earlier folder says of its options. */
  readonly ownWordOnly?: boolean;
}

/** An option of the run itself. */
export function option<Schema extends z.ZodType>(
  step: Option['step'],
  schema: Schema,
  help: string,
  more: Omit<Option, 'step' | 'schema' | 'help'> = {},
): Option<Schema> {
  return { step, schema, help, ...more };
}

/** An option in short for one of a component, or for the choice of a component: `sets` names it. The component checks the value. */
export function shortFor(
  sets: string,
  step: Option['step'],
  help: string,
  more: Omit<Option, 'step' | 'schema' | 'help' | 'sets'> = {},
): Option {
  return { step, schema: z.unknown(), help, sets, ...more };
}

/** The value of an option as its schema gives it. Throws a ConfigError that names it. */
export function checkedValue(name: string, { schema }: Option, given: unknown): unknown {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ConfigError(name, `\`${name}\`: ${issue?.message} (given: ${JSON.stringify(given)}).`);
}

/** A share that may be written as `60%`. */
const shareOf = (value: unknown): unknown =>
  typeof value !== 'string'
    ? value
    : value.trim().endsWith('%')
      ? Number(value.trim().slice(0, -1)) / 100
      : Number(value);

/** A share of something, at most 1, that may be written as `60%`; `check` bounds it below. Of `60` it asks whether that was meant. */
export const share = (check: (schema: z.ZodNumber) => z.ZodNumber) =>
  z.preprocess(
    shareOf,
    check(z.number()).max(1, {
      error: ({ input }) =>
        `expected a share of at most 1 or 100%${Number(input) <= 100 ? `; did you mean ${input}%?` : ''}`,
    }),
  );

const UNITS: Readonly<Record<string, number>> = {
  ...{ b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 },
  ...{ kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 },
};

/** A size such as `1.5GB` or `512 MiB` in bytes; what is none stays as it is. */
export function bytesOf(value: unknown): unknown {
  const [, number, unit = 'b'] = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?b)?\s*$/i.exec(String(value)) ?? [];
  return number === undefined ? value : Number(number) * UNITS[unit.toLowerCase()]!;
}

/** Text with commas as a list, each value once. */
export const listOf = (value: unknown): unknown =>
  typeof value === 'string' ? [...new Set(value.split(',').map((one) => one.trim()))] : value;
