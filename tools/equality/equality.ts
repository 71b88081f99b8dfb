// The command: npm run equality -- OLD_CHECKOUT [NEW_CHECKOUT] [--only music-dev-mfcc,esc10-dev] [--data FOLDER]
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, casesOn, SETTINGS, type Setting } from './cases.ts';
import { build, type Checkout, prune, type Run } from './checkout.ts';
import { compareFolders } from './difference.ts';

const thisTree = resolve(import.meta.dirname, '..', '..', '..');
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: 'string' },
    data: { type: 'string', default: process.env.REFRAIN_TEST_DATA ?? join(thisTree, '..', 'shared', 'data') },
  },
});

/** A line of the table. */
interface Line {
  readonly cells: readonly string[];
  readonly differences: readonly string[];
}

/** Prunes with both checkouts, one after the other, each in a folder and with a cache of its own. */
async function compareOn(one: Case, setting: Setting, checkouts: readonly Checkout[]): Promise<Line> {
  const seconds: string[] = [];
  try {
    const runs: Run[] = [];
    for (const checkout of checkouts) {
      process.stderr.write(`${one.name}, ${setting.name}, ${checkout.name} … `);
      const folder = (of: Setting) => join(checkout.work, `${one.name} ${SETTINGS.indexOf(of)}`);
      const run = await prune(checkout, one, setting, folder(setting), folder(SETTINGS[0]!));
      seconds.push(run.seconds.toFixed(1));
      process.stderr.write(`${seconds.at(-1)} s\n`);
      runs.push(run);
    }
    const [before, after] = runs.map(({ folder }) => folder) as [Run['folder'], Run['folder']];
    const { differences, isSameOrder, notes } = compareFolders(before, after);
    const result = differences.length > 0 ? 'DIFFERENT' : isSameOrder ? 'equal bytes' : 'equal, other order of rows';
    const counts = [before.ids.length, before.kept.size, before.removed.size].map(String);
    return { cells: [one.name, setting.name, ...counts, ...seconds, result, notes.join('; ')], differences };
  } catch (error) {
    process.stderr.write('failed\n');
    const cells = [one.name, setting.name, '', '', '', seconds[0] ?? '', '', 'FAILED', ''];
    return { cells, differences: [`${['old', 'new'][seconds.length]}: ${(error as Error).message}`] };
  }
}

function print(lines: readonly Line[]): void {
  const header = ['case', 'setting', 'clips', 'kept', 'removed', 'old s', 'new s', 'result', 'fields of one side'];
  const rows = [header, ...lines.map(({ cells }) => cells)];
  const widths = header.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  for (const row of rows) {
    const padded = row.map((cell, column) =>
      /^[\d.]+$/.test(cell) ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
    );
    process.stdout.write(`${padded.join('  ').trimEnd()}\n`);
  }
  for (const { cells, differences } of lines) {
    for (const difference of differences) process.stdout.write(`${cells[0]}, ${cells[1]}: ${difference}\n`);
  }
}

const [oldRoot, newRoot = thisTree] = positionals;
if (oldRoot === undefined) throw new Error('Say which checkout to compare with: npm run equality -- OLD_CHECKOUT');
const cases = casesOn(resolve(values.data));
const wanted = values.only?.split(',') ?? cases.map(({ name }) => name);
const unknown = wanted.find((name) => !cases.some((one) => one.name === name));
if (unknown !== undefined) {
  throw new Error(`--only: there is no case ${unknown}; there are ${cases.map(({ name }) => name).join(', ')}`);
}

const work = await mkdtemp(join(tmpdir(), 'refrain-equality-'));
try {
  const checkouts: Checkout[] = [
    { name: 'old', root: resolve(oldRoot), work: join(work, 'old') },
    { name: 'new', root: resolve(newRoot), work: join(work, 'new') },
  ];
  for (const checkout of checkouts) {
    await mkdir(checkout.work);
    await build(checkout);
  }
  const lines: Line[] = [];
  for (const one of cases.filter(({ name }) => wanted.includes(name))) {
    for (const setting of SETTINGS) lines.push(await compareOn(one, setting, checkouts));
  }
  print(lines);
  const different = lines.filter(({ differences }) => differences.length > 0).length;
  process.stdout.write(`${lines.length} comparisons, ${different} not equal\n`);
  process.exitCode = different > 0 ? 1 : 0;
} finally {
  await rm(work, { recursive: true, force: true });
}
