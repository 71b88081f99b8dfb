import { mkdtemp, readFile, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { withoutPage } from '../../apps/runner/e2e/refrain.ts';
import { runCommand } from '../../apps/runner/src/cli.ts';
import { printed } from '../../apps/runner/src/commands/printed.ts';
import { type Block, commandsOf, readDocument, withBlocks } from './markdown.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** What the folder of a walk is called in documents. */
const HOME = '/home/you';

/** Commands that keep nothing in a cache. */
const WITHOUT_CACHE = ['verify', 'plugins'];

/**
 * Does what a page says, in a new folder that `prepare` gets first: runs its `npx refrain …` commands as written, one after another, and compares what they print
 * with the `text` blocks below them, each of which belongs to the command before; of one that begins or ends with `…` only the end or the beginning. Where
 * no page is shown none is made: its map takes time. With `-u` the page is written anew.
 */
export async function walk(
  page: string,
  cacheDir: string,
  prepare: (folder: string) => Promise<unknown>,
): Promise<string> {
  const path = join(ROOT, page);
  const document = readDocument(await readFile(path, 'utf8'));
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'refrain-walk-')));
  await prepare(folder);
  const before = process.cwd();
  process.chdir(folder);
  try {
    const outputs = new Map<Block, string>();
    let last = '';
    for (const [at, block] of document.blocks.entries()) {
      const below = document.blocks.slice(at + 1);
      const next = below.findIndex(({ language }) => language !== 'text');
      const isPageShown = below.slice(0, next < 0 ? undefined : next).some(({ text }) => text.includes('report.html'));
      if (block.language === 'sh' && block.comment === undefined)
        for (const [npx, refrain, ...args] of commandsOf(block.text)) {
          expect([npx, refrain], args.join(' ')).toEqual(['npx', 'refrain']);
          last = (await said(isPageShown ? args : withoutPage(args), cacheDir)).replaceAll(folder, HOME);
        }
      if (block.language === 'text' && block.comment === undefined) outputs.set(block, endOf(last, block.text));
    }
    await expect(withBlocks(document, (block) => outputs.get(block))).toMatchFileSnapshot(path);
  } finally {
    process.chdir(before);
  }
  return folder;
}

async function said(args: readonly string[], cacheDir: string): Promise<string> {
  const more = WITHOUT_CACHE.includes(args[0]!) ? [] : ['--cache-dir', cacheDir];
  const outcome = await runCommand([...args, ...more, '--quiet'], new AbortController().signal);
  return printed(outcome!);
}

function endOf(output: string, shown: string): string {
  const lines = shown.trimEnd().split('\n');
  const printedLines = output.split('\n');
  if (lines[0] === '…') printedLines.splice(0, printedLines.length - lines.length + 1, '…');
  if (lines.at(-1) === '…') printedLines.splice(lines.length - 1, Number.POSITIVE_INFINITY, '…');
  return isNear(printedLines.join('\n'), shown.trimEnd()) ? shown : printedLines.join('\n');
}

/** Whether two texts differ in decimals alone, and in those by little: figures of a probe hang on the processor in their last digits. */
function isNear(one: string, other: string): boolean {
  const decimals = /\d+\.\d+/g;
  const without = (text: string) => text.replaceAll(decimals, '#').replaceAll(/ +/g, ' ');
  const [a, b] = [one, other].map((text) => Array.from(text.matchAll(decimals), Number));
  return without(one) === without(other) && a!.every((value, i) => Math.abs(value - b![i]!) <= 0.05 + 0.05 * value);
}
