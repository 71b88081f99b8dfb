import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type AnyComponent, describeOptions, type Plugin } from '@refrain/core';
import { describe, expect, it } from 'vitest';

const PACKAGES = join(import.meta.dirname, '..', 'packages');
const NAMES = [
  ...['decoders', 'datasets', 'demo', 'encoders', 'executors', 'bullmq', 'kernels', 'clusterers', 'pruners'],
  'evaluators',
];

/** How a default is written in a table: numbers without separators, yes and no as on and off too. */
function spellings(value: unknown): readonly string[] {
  if (typeof value === 'boolean') return [String(value), value ? 'on' : 'off'];
  return value === undefined ? [''] : [String(value)];
}

describe.each(NAMES)('the README of %s', (name) => {
  it('has every option of its components in a table, with its default', async () => {
    const { default: plugin } = (await import(join(PACKAGES, name, 'src', 'index.ts'))) as { default: Plugin };
    const components = Object.values(plugin.components).flat() as AnyComponent[];
    expect(components.length).toBeGreaterThan(0);
    const rows = readFileSync(join(PACKAGES, name, 'README.md'), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('|'))
      .map((line) => line.replaceAll(/(?<=\d),(?=\d{3})/g, ''));
    const missing = components.flatMap((component) =>
      describeOptions(component.options)
        .filter(
          (option) => !rows.some((row) => row.includes(`\`${option.name}\``) && isIn(row, option.name, option.default)),
        )
        .map((option) => `${component.name}.${option.name} = ${option.default}`),
    );
    expect(missing).toEqual([]);
  });
});

const after = (option: string, text: string) =>
  new RegExp(`(?<![\\w-])${option} ${text.replaceAll('.', '\\.')}(?![\\w.]*\\w)`);

/** Whether a cell of a table begins with the value, which is all of it or followed by what that means; or has it after the option's name. */
function isIn(row: string, option: string, value: unknown): boolean {
  const cells = row.split('|').map((cell) => cell.trim().replaceAll('`', ''));
  return spellings(value).some((text) =>
    cells.some((cell) => cell === text || cell.startsWith(`${text} `) || `${cell} `.match(after(option, text))),
  );
}
