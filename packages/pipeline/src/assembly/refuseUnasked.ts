import { ConfigError, KINDS, parseOptions } from '@refrain/core';
import type { Settings } from '../settings.ts';
import { type Choice, catalogue } from './assemble.ts';
import { partsOf } from './compositeChoice.ts';
import type { LoadedPlugin } from './loadPlugins.ts';

/**
 * Refuses what only the folder of an earlier run asks for, not the user: a component of a plugin that is not loaded, or one that would run a
 * program or a package. Throws a ConfigError that says which, and how to ask for it.
 */
export function refuseUnasked(
  plugins: readonly LoadedPlugin[],
  { choices, ownChoices, plugins: loaded }: Pick<Settings, 'choices' | 'ownChoices' | 'plugins'>,
  earlier: { readonly folder: string; readonly plugins: readonly string[] },
): void {
  const known = catalogue(plugins);
  for (const kind of KINDS) {
    if (kind === 'evaluator') continue;
    const componentOf = ({ use }: Choice) => known[kind].find(({ name }) => name === use);
    const each = (choice: Choice | undefined) =>
      choice === undefined ? [] : ((kind === 'encoder' ? partsOf(choice, componentOf) : undefined) ?? [choice]);
    for (const choice of each(choices[kind])) {
      const component = componentOf(choice);
      const own = each(ownChoices[kind]).find(({ use }) => use === choice.use);
      const unloaded = earlier.plugins.filter((name) => !loaded.includes(name));
      if (component === undefined && own === undefined && unloaded.length > 0) {
        throw new ConfigError(
          kind,
          `The ${kind} "${choice.use}" of ${earlier.folder} is of a plugin. Nothing is loaded because a folder names it: if you trust ${unloaded.join(', ')}, say so with \`plugin\` NAME.`,
        );
      }
      const runs = ({ options }: Choice) => component?.runs?.(parseOptions(component.options, options, kind));
      const asked = runs(choice);
      if (asked === undefined || (own !== undefined && runs(own) === asked)) continue;
      throw new ConfigError(
        kind,
        `${earlier.folder} asks for ${asked}, by its ${kind} "${choice.use}". Nothing is run because a folder names it: if you trust it, give \`${kind}\` ${choice.use} and its options yourself.`,
      );
    }
  }
}

/**
 * Refuses what a recipe from elsewhere would have run here, a program or a package, but what the component runs of its own accord. Throws a
 * ConfigError that names it.
 */
export function refuseOtherPrograms(plugins: readonly LoadedPlugin[], choices: Settings['choices']): void {
  const known = catalogue(plugins);
  for (const kind of KINDS) {
    if (kind === 'evaluator') continue;
    const choice = choices[kind];
    const componentOf = ({ use }: Choice) => known[kind].find(({ name }) => name === use);
    const parts = choice && kind === 'encoder' ? partsOf(choice, componentOf) : undefined;
    for (const part of parts ?? (choice === undefined ? [] : [choice])) {
      const component = componentOf(part);
      const runs = (options: Choice['options']) => component?.runs?.(parseOptions(component.options, options, kind));
      const asked = runs(part.options);
      if (asked === undefined || asked === runs({})) continue;
      throw new ConfigError(
        kind,
        `The run asks for ${asked}, by its ${kind} "${part.use}". A worker runs nothing because a job names it, but what the ${kind} runs by itself.`,
      );
    }
  }
}
