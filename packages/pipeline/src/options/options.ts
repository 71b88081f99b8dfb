import { ConfigError, type z } from '@refrain/core';
import { CLIP_OPTIONS } from './clips.ts';
import { EVALUATION_OPTIONS } from './evaluation.ts';
import { EXECUTOR_OPTIONS } from './executing.ts';
import type { Option } from './option.ts';
import { PRUNING_OPTIONS } from './pruning.ts';

/** Every option of a run, each declared once: all that knows options is made from these. A new one needs no other place. */
export const OPTIONS = {
  ...CLIP_OPTIONS,
  ...PRUNING_OPTIONS,
  ...EVALUATION_OPTIONS,
  ...EXECUTOR_OPTIONS,
} as const satisfies Record<string, Option>;

/** The values of options as their schemas give them. */
export type ValuesOf<Options extends Record<string, Option>> = {
  readonly [Name in keyof Options]: z.output<Options[Name]['schema']>;
};

/** The options of a run as they took effect; those in short for a component's, whose checked values are the component's, are unknown here. */
export type RunValues = ValuesOf<typeof OPTIONS>;

/** Steps that shape a pruned dataset folder, whose options it records. */
const RECORDED = ['ownEmbeddings', 'embed', 'space', 'duplicates', 'prune', 'rules', 'parent', 'always'];

/**
 * The options of the run itself that a folder records, under the names that metadata.json has, `min-per-label`: those that a person alone may
 * say and undefined ones are left out, and of rules those that ask for nothing.
 */
export function recordedValues(values: object, steps: readonly string[] = RECORDED): Record<string, unknown> {
  const recorded: Record<string, unknown> = {};
  for (const [name, { step, sets, ownWordOnly, schema }] of Object.entries<Option>(OPTIONS)) {
    const value = (values as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || sets !== undefined || ownWordOnly || ![step].flat().some((one) => steps.includes(one)))
      continue;
    const isRule = step === 'rules' || step === 'parent';
    if (isRule && JSON.stringify(value) === JSON.stringify(schema.parse(undefined))) continue;
    recorded[kebabCase(name)] = value;
  }
  return recorded;
}

/** Throws a ConfigError for the name of an option of version 0.1.0 that has another one now. */
export function refuseRenamed(name: string): void {
  if (name !== 'standardize') return;
  throw new ConfigError(
    name,
    'There is no option standardize any more: for on give `space` standardized, for off `space` raw.',
  );
}

/** A name in any spelling (`min_cluster_size`, `minClusterSize`) in kebab-case: as files and command lines have it. */
export function kebabCase(name: string): string {
  return name
    .replaceAll('_', '-')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}
