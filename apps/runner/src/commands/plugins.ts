import { describeOptions, KINDS } from '@refrain/core';
import { catalogue } from '@refrain/pipeline';
import { asTyped } from '../settings/flags.ts';
import type { RawValues } from '../settings/given.ts';
import { type CommandResult, withSession } from './session.ts';

/** `refrain plugins`: every component that is loaded, by kind, with its options and their defaults. */
export async function plugins(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  return withSession(given, signal, async (session) => {
    const known = catalogue(session.plugins);
    const listing = KINDS.flatMap((kind) =>
      known[kind].map(({ name, description, options }) => ({
        kind,
        name,
        description,
        options: describeOptions(options),
      })),
    );
    const text = KINDS.flatMap((kind) => [
      `${kind}`,
      ...listing
        .filter((component) => component.kind === kind)
        .flatMap(({ name, description, options }) => [
          `  ${name}: ${description}`,
          ...options.map(
            (option) =>
              `    --${ownerOf(kind, name)}.${option.name} ${option.type}${option.default === undefined ? '' : ` = ${JSON.stringify(option.default)}`}  ${asTyped(option.description)}`,
          ),
        ]),
    ]).join('\n');
    return { text, json: { components: listing } };
  });
}

// Several evaluators run side by side, so their options go by their own names.
function ownerOf(kind: string, name: string): string {
  return kind === 'evaluator' ? name : kind;
}
