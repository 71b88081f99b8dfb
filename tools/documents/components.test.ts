import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runCommand } from '../../apps/runner/src/cli.ts';

interface Listed {
  readonly kind: string;
  readonly name: string;
  readonly description: string;
  readonly options: readonly { name: string; type: string; description: string; default?: unknown }[];
}

const INTRODUCTION = `# Components

What \`refrain plugins\` lists: every component that comes with Refrain, with its options and their defaults, from their declarations. \`--KIND NAME\` chooses one, \`--KIND.OPTION VALUE\`
sets an option, \`--evaluators.NAME.OPTION VALUE\` one of an evaluator. \`npx vitest run tools/documents/components.test.ts -u\` writes this page anew.
`;

it('docs/components.md has every component with its options, as they are declared', async () => {
  const outcome = await runCommand(['plugins', '--json'], new AbortController().signal);
  const { components } = outcome!.result.json as { components: readonly Listed[] };
  const kinds = [...new Set(components.map(({ kind }) => kind))];
  expect(kinds).toHaveLength(8);
  const text = kinds.flatMap((kind) => [
    `## ${kind[0]!.toUpperCase()}${kind.slice(1)}s`,
    ...components
      .filter((one) => one.kind === kind)
      .flatMap(({ name, description, options }) => [
        `### ${name}`,
        `\`${name}\`: ${cell(description)}`,
        ...(options.length === 0 ? [] : [tableOf(options)]),
      ]),
  ]);
  await expect(`${[INTRODUCTION.trimEnd(), ...text].join('\n\n')}\n`).toMatchFileSnapshot(
    join(import.meta.dirname, '..', '..', 'docs', 'components.md'),
  );
});

function tableOf(options: Listed['options']): string {
  const rows = options.map(({ name, type, description, default: usual }) => [
    `\`${name}\``,
    usual === undefined ? '' : `\`${cell(JSON.stringify(usual))}\``,
    cell(type),
    cell(description),
  ]);
  const lines = [['option', 'default', 'type', 'what it is'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(3, ...lines.map((cells) => cells[column]!.length)));
  const [head, ...body] = lines.map((cells) => `| ${cells.map((text, i) => text.padEnd(widths[i]!)).join(' | ')} |`);
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}

// A name in backquotes stays code; a bar would end a cell.
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
