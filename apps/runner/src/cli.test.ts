import { describe, expect, it, vi } from 'vitest';
import { runCommand } from './cli.ts';

async function helpOf(width: number | undefined, ...command: readonly string[]): Promise<string> {
  const { columns } = process.stdout;
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    Object.assign(process.stdout, { columns: width });
    await runCommand([...command, '--help'], new AbortController().signal);
    return printed.mock.calls.map(([text]) => String(text)).join('');
  } finally {
    printed.mockRestore();
    Object.assign(process.stdout, { columns });
  }
}

describe('the command', () => {
  it('suggests the nearest option for one that it does not know', async () => {
    const given = ['prune', '--min-clustersize', '3'];
    await expect(runCommand(given, new AbortController().signal)).rejects.toThrow('(Did you mean --min-cluster-size?)');
  });

  it.each([
    ['--keep', '60', /^--keep: expected a share of at most 1 or 100%; did you mean 60%\? \(given: "60"\)\.$/],
    ['--max-bad', '1.5', /^--max-bad: .*did you mean 1\.5%\?/],
    ['--keep', '600', /^--keep: expected a share of at most 1 or 100% \(given: "600"\)\.$/],
    ['--pruner', 'jensen-shanon', /^There is no pruner "jensen-shanon"\. Did you mean "jensen-shannon"\? Known: /],
    ['--encoder', 'mfcc,basic-pich', /Did you mean "basic-pitch"\?/],
    ['--clusterer', 'nothing-like-it', /^There is no clusterer "nothing-like-it"\. Known: /],
  ])('says what %s %s was probably meant to be', async (option, value, message) => {
    const source = ['--dataset', 'audio', '--dataset-dir', import.meta.dirname];
    for (const command of ['prune', ...(option === '--keep' ? ['compare'] : [])]) {
      const given = [command, ...source, option, value];
      await expect(runCommand(given, new AbortController().signal)).rejects.toThrow(message);
    }
  });

  it('has help by topics, in the width of the terminal', async () => {
    const all = await helpOf(undefined);
    expect(Array.from(all.matchAll(/^(\S.*):$/gm), ([, heading]) => heading)).toEqual([
      'Options',
      ...['Prune', 'Evaluate', 'Use what was pruned', 'Look, and change nothing', 'More'],
    ]);
    for (const [width, widest] of [
      [undefined, 80],
      [60, 60],
      [120, 120],
    ] as const) {
      const help = await helpOf(width, 'prune');
      // What cannot be broken: an option with its value.
      const lines = help.split('\n').filter((line) => !/^ {2}--\S+ <\S+>$/.test(line));
      expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(widest);
      expect(Math.max(...lines.map(({ length }) => length))).toBeGreaterThan(widest - 10);
      expect(help).toMatch(
        /\nThe clips:\n {2}--dataset <NAME>[\s\S]*\nCopies:\n {2}--duplicates [\s\S]*\nThe command itself:\n/,
      );
    }
  });

  it('needs a folder where it reads one, as an argument or an option', async () => {
    for (const command of ['evaluate', 'export', 'verify']) {
      const attempt = (...more: readonly string[]) => runCommand([command, ...more], new AbortController().signal);
      await expect(attempt()).rejects.toThrow('The folder that `refrain prune` wrote is missing');
      for (const way of [['nowhere'], ['--pruned-dataset-path', 'nowhere']])
        await expect(attempt(...way)).rejects.toThrow(/nowhere/);
    }
  });
});
