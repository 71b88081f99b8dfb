import { describe, expect, it } from 'vitest';
import { runCommand } from './cli.ts';

describe('the command', () => {
  it('suggests the nearest option for one that it does not know', async () => {
    const given = ['prune', '--min-clustersize', '3'];
    await expect(runCommand(given, new AbortController().signal)).rejects.toThrow('(Did you mean --min-cluster-size?)');
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
