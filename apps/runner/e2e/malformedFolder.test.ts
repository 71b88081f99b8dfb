import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, seededRandom, writeNpy } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCommand } from '../src/cli.ts';
import { newFolder, withoutPage } from './refrain.ts';

const CLIPS = 40;
const DIM = 8;

/** The files that everything is read from; manifest.parquet is for others, and `verify` alone looks at it. */
const READ = ['metadata.json', 'clips.jsonl', 'removed.jsonl', 'indices_to_keep.npy', 'cluster_labels.npy'];
const FILES = [...READ, 'embeddings.npy', 'space.json', 'bad.jsonl'];

describe('a malformed folder', () => {
  let work: string;
  let folder: string;
  const run = (...args: string[]) => runCommand([...withoutPage(args), '--quiet'], new AbortController().signal);

  beforeAll(async () => {
    work = await newFolder();
    const random = seededRandom('malformed');
    // Ten directions, four clips around each.
    const centres = Array.from({ length: CLIPS / 4 }, () => Array.from({ length: DIM }, () => random.uniform() - 0.5));
    const data = Float32Array.from({ length: CLIPS * DIM }, (_, at) => {
      return centres[Math.floor(at / DIM / 4)]![at % DIM]! + 0.01 * random.uniform();
    });
    await writeNpy(join(work, 'rows.npy'), { dtype: 'float32', shape: [CLIPS, DIM], data });
    folder = join(work, 'pruned');
    await run('prune', '--embeddings', join(work, 'rows.npy'), '--threshold', '0.9', '--t', '1', '--output', folder);
  });

  /** What each command says of a copy in which one file is another; undefined where it finds nothing wrong. */
  async function outcomes(
    file: string,
    change: (bytes: Buffer) => Buffer | undefined,
  ): Promise<Record<string, unknown>> {
    const copy = join(work, 'copy');
    await rm(copy, { recursive: true, force: true });
    await cp(folder, copy, { recursive: true });
    const changed = change(await readFile(join(copy, file)));
    if (changed === undefined) await rm(join(copy, file));
    else await writeFile(join(copy, file), changed);
    const output = ['--output', join(work, 'again')];
    const commands: Record<string, string[]> = {
      verify: ['verify', copy, '--jitter', '0'],
      reuse: ['prune', '--reuse', copy, '--t', '0.5', ...output],
      base: ['prune', '--base', copy, '--embeddings', join(work, 'rows.npy'), ...output],
      export: ['export', copy, '--form', 'list', '--output', join(work, 'list')],
      evaluate: ['evaluate', copy],
    };
    const said: Record<string, unknown> = {};
    for (const [name, args] of Object.entries(commands)) {
      said[name] = await run(...args).then(
        (outcome) => (outcome?.result.status === 1 ? new DataError('verify', outcome.result.text) : undefined),
        (error: unknown) => error,
      );
      await rm(join(work, 'again'), { recursive: true, force: true });
      await rm(join(work, 'list'), { recursive: true, force: true });
    }
    return said;
  }

  const truncated = (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1);
  const ofAnotherType = (bytes: Buffer) =>
    bytes[0] === 0x93
      ? Buffer.from(
          bytes.toString('latin1').replace(/<[if]/, (type) => (type === '<i' ? '<f' : '<i')),
          'latin1',
        )
      : Buffer.from('[1]\n');
  const longer = (bytes: Buffer) => Buffer.concat([bytes, bytes]);
  const withMore = (bytes: Buffer) =>
    bytes[0] === 0x7b ? Buffer.from(`{"surplus":1,${bytes.toString().slice(1)}`) : longer(bytes);
  const missing = () => undefined;
  const changes = { truncated, 'of another type': ofAnotherType, longer, 'with a field more': withMore, missing };

  it.each(FILES.flatMap((file) => Object.entries(changes).map(([name, change]) => [file, name, change] as const)))(
    'whose %s is %s is refused by name',
    async (file, name, change) => {
      const said = await outcomes(file, change);
      for (const [command, error] of Object.entries(said)) {
        // Twice nothing is nothing, and an empty list has no field.
        if (file === 'bad.jsonl' && name !== 'of another type' && name !== 'missing') continue;
        expect(error, `${command}: ${String(error)}`).toBeInstanceOf(DataError);
        expect((error as DataError).message, command).toContain(file);
      }
    },
  );

  it('of another format is refused with what reads it', async () => {
    const said = await outcomes('metadata.json', (bytes) =>
      Buffer.from(bytes.toString().replace(/"format": \d+/, '"format": 99')),
    );
    for (const [command, error] of Object.entries(said)) {
      expect(error, command).toBeInstanceOf(DataError);
      expect((error as DataError).message, command).toMatch(/metadata\.json.*format.*99/s);
    }
  });
});
