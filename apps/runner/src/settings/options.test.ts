import { KINDS } from '@refrain/core';
import type { Option } from '@refrain/pipeline';
import { describe, expect, it } from 'vitest';
import { spelling } from './flags.ts';
import { ALL_OPTIONS, FLAGS, jsonSchemaOf } from './options.ts';
import { valuesOf } from './runFile.ts';

const OPTIONS = Object.entries<Option>(ALL_OPTIONS);

/** The table of all options, in Markdown. */
function table(): string {
  const rows = OPTIONS.map(([name, { step, sets, invalidates }], i) => {
    const { name: kebab, value, help } = FLAGS[i]!;
    const typed = `\`--${kebab}${value === undefined ? '' : ` ${value}`}\``.replaceAll('|', '\\|');
    const other = sets === undefined || sets === kebab ? '' : `\`${sets}\``;
    return [`\`${name}\``, typed, other, [step].flat().join(', '), invalidates ?? '', help.replaceAll('|', '\\|')];
  });
  const header = ['option', 'typed', 'sets', 'of the step', 'needs anew', 'what it is'];
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((cells) => cells[column]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at]!)).join(' | ')} |\n`;
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('');
}

const INTRODUCTION = `# Options

Every option of a run, from the declarations in packages/pipeline/src/options and, for what only the commands know, in apps/runner/src/settings/options.ts.
A run file takes the names of the first column, of the second without its dashes, or with underscores; the third names the option of a component
that it is short for. "Needs anew" is the first thing that another value needs made anew: \`--reuse\` takes other values of those that need a new
choice, or nothing. \`npx vitest run apps/runner/src/settings/options.test.ts -u\` writes this file anew.

`;

/** The JSON Schema of the run file. Values may be text too, as a command line gives them. */
function runFileSchema(): object {
  const component = (name: string) => ({
    description: `The ${name}: its name, or its options and under "use" its name.`,
    anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }, { type: 'object' }],
  });
  const own = OPTIONS.filter(([name]) => name !== 'config' && !KINDS.some((kind) => kind === name));
  const properties = own.map(([name, { help, schema, sets }]) => {
    const value = sets === undefined ? jsonSchemaOf(schema) : {};
    const { default: usual, ...rest } = value;
    const isText = sets !== undefined || rest.type === 'string';
    return [
      name,
      {
        description: help,
        ...(usual !== undefined && { default: usual }),
        ...(isText ? rest : { anyOf: [rest, { type: 'string' }, { type: 'array' }] }),
      },
    ];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Run file of refrain',
    type: 'object',
    properties: {
      ...Object.fromEntries([...KINDS, 'linearProbe', 'coverage', 'evaluators'].map((name) => [name, component(name)])),
      plugins: { description: 'packages and paths of plugins', type: 'array', items: { type: 'string' } },
      ...Object.fromEntries(properties),
    },
    patternProperties: { '^[A-Za-z-]+\\.': { description: 'an option of a component, `pruner.kappa`' } },
    additionalProperties: false,
  };
}

describe('the options', () => {
  it('are those of docs/options.md', async () => {
    await expect(`${INTRODUCTION}${table()}`).toMatchFileSnapshot('../../../../docs/options.md');
  });

  it('are those of docs/run-file.schema.json', async () => {
    await expect(`${JSON.stringify(runFileSchema(), undefined, 2)}\n`).toMatchFileSnapshot(
      '../../../../docs/run-file.schema.json',
    );
  });

  it('have one name and one help each, of one line, and say what they set', () => {
    expect(new Set(FLAGS.map(({ name }) => name)).size).toBe(FLAGS.length);
    for (const { name, help } of FLAGS) expect(help, name).toMatch(/^\S[^\n]+[^.\n]$/);
    for (const { name, sets } of FLAGS) {
      if (sets === undefined) expect(spelling(name)).toBe(`--${name}`);
      else expect(KINDS.some((kind) => sets.startsWith(kind)) || sets.startsWith('linear-probe.'), name).toBe(true);
    }
  });

  it('are taken by a run file in each spelling', () => {
    const refuse = (why: string): never => {
      throw new Error(why);
    };
    for (const [name] of OPTIONS.filter(([one]) => one !== 'config')) {
      const kebab = FLAGS.find((flag) => flag.name.replaceAll('-', '') === name.toLowerCase())!.name;
      for (const spelt of [name, kebab, kebab.replaceAll('-', '_')])
        expect(valuesOf({ [spelt]: 'x' }, refuse)).toEqual({ [kebab]: 'x' });
    }
  });
});
