import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { printed } from '../src/commands/printed.ts';
import { writeClip } from './fixtures/clips.ts';
import { newFolder, withoutPage } from './refrain.ts';

const SPLITS = { train: 12, valid: 4, test: 4 };

/** The part of the output that all commands have. */
interface Shape {
  readonly command: string;
  readonly folder: string | null;
  readonly warnings: readonly string[];
  readonly bad: readonly { readonly id: string; readonly reason: string }[];
}

describe('--json', () => {
  let work: string;
  let source: string[];

  const json = async (...args: string[]) => {
    const outcome = await runCommand([...withoutPage(args), '--json', '--quiet'], new AbortController().signal);
    return JSON.parse(printed(outcome!)) as Shape;
  };
  const at = (name: string) => join(work, name);
  const little = ['--draws', '2', '--finetuner-max-epochs', '2'];

  beforeAll(async () => {
    work = await newFolder();
    await mkdir(at('audio'));
    const rows = Object.entries(SPLITS).flatMap(([split, clips]) =>
      Array.from({ length: clips }, (_, i) => ({
        path: `audio/${split}${i}.wav`,
        split,
        tags: i % 2 === 0 ? ['even'] : ['odd'],
      })),
    );
    for (const { path } of rows) await writeClip(at(path), path);
    await writeFile(at('audio/broken.wav'), 'this is no music');
    const all = [...rows, { path: 'audio/broken.wav', split: 'train', tags: ['odd'] }];
    await writeFile(at('clips.jsonl'), all.map((row) => `${JSON.stringify(row)}\n`).join(''));
    source = ['--dataset', 'manifest', '--dataset-dir', at('clips.jsonl'), '--cache-dir', at('cache')];
    source.push('--max-bad', '10%', '--workers', '1');
    await runCommand(
      withoutPage(['prune', ...source, '--output', at('pruned'), '--quiet']),
      new AbortController().signal,
    );
  });

  it.each([
    ['prune', 'p', () => [...source, '--output', at('p')]],
    ['run', 'r', () => [...source, ...little, '--keep', '50%', '--output', at('r')]],
    ['compare', 'c', () => [...source, ...little, '--pruner', 'random', '--keep', '50%', '--output', at('c')]],
    ['baseline', null, () => [...source, ...little]],
    ['baseline', 'b', () => [...source, ...little, '--output', at('b')]],
    [
      'evaluate',
      'pruned/evaluation',
      () => ['--pruned-dataset-path', at('pruned'), '--cache-dir', at('cache'), ...little],
    ],
    ['embed', null, () => source],
    ['embed', 'e', () => [...source, '--output', at('e')]],
    ['duplicates', null, () => source],
    ['leaks', null, () => source],
    ['leaks', 'l', () => [...source, '--output', at('l')]],
  ])('of %s, folder %s, names the folder, the warnings and what could not be read', async (command, folder, args) => {
    const found = await json(command, ...args());
    expect(found).toMatchObject({ command, folder: folder && at(folder) });
    expect(found.bad).toEqual([
      expect.objectContaining({ id: 'audio/broken.wav', reason: expect.stringContaining('broken.wav') }),
    ]);
    expect(found.warnings).toEqual(expect.any(Array));
    if (command === 'compare') expect(found.warnings.join()).toContain('2 seeds tell little of how much results vary');
  });

  it.each([
    ['plugins', null, () => []],
    ['verify', 'pruned', () => [at('pruned')]],
    ['export', 'x', () => [at('pruned'), '--output', at('x')]],
  ])('of %s, which reads no audio, has them too', async (command, folder, args) => {
    const found = await json(command, ...args());
    expect(found).toMatchObject({ command, folder: folder && at(folder), warnings: [], bad: [] });
  });
});
