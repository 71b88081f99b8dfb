import { type AnyComponent, ConfigError } from '@refrain/core';

/** A choice, as far as it matters what stands side by side in it. */
interface Choice {
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly parts?: readonly Choice[];
}

/**
 * The encoders that a choice puts side by side, each with its own options; undefined where it is of one. They are those it holds, or the names in it
 * between commas. An option stands under the name of its part, `mfcc: { sampleRate }` or `mfcc.sampleRate`; another is of all parts that have it.
 * Throws a ConfigError for a name that stands there twice, and an option that no part has.
 */
export function partsOf<C extends Choice>(
  { use, options, parts }: C,
  componentOf: (choice: C) => AnyComponent | undefined,
): readonly C[] | undefined {
  const names = use.split(',').map((name) => name.trim());
  if (parts === undefined && names.length === 1) return undefined;
  const chosen = (parts ?? names.map((name) => ({ use: name, options: {} }))) as readonly C[];
  const repeated = names.find((name, i) => names.indexOf(name) < i);
  if (repeated !== undefined)
    throw new ConfigError('encoder', `\`encoder\` names ${repeated} twice. Each part stands there once.`);
  const given = new Map(chosen.map(({ use: name, options: own }) => [name, { ...own } as Record<string, unknown>]));
  for (const [key, value] of Object.entries(options)) {
    const [owner, option] = [key.split('.')[0]!, key.slice(key.indexOf('.') + 1)];
    const own = given.get(owner);
    if (own !== undefined) Object.assign(own, key === owner ? value : { [option]: value });
    else give(key, value, chosen, given, componentOf);
  }
  return chosen.map((choice) => ({ ...choice, options: given.get(choice.use)! }));
}

function give<C extends Choice>(
  key: string,
  value: unknown,
  chosen: readonly C[],
  given: ReadonlyMap<string, Record<string, unknown>>,
  componentOf: (choice: C) => AnyComponent | undefined,
): void {
  const having = chosen.filter((choice) => {
    const { shape } = (componentOf(choice)?.options ?? { shape: {} }) as { readonly shape: object };
    return Object.hasOwn(shape, key);
  });
  if (having.length === 0) {
    const names = chosen.map(({ use }) => use);
    throw new ConfigError(
      `encoder.${key}`,
      `\`encoder.${key}\`: none of ${names.join(', ')} has this option; that of one of them is \`encoder.${names[0]}.…\`.`,
    );
  }
  for (const { use } of having) given.get(use)![key] = value;
}
