import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithData, processorSeconds, testDataPath } from '@refrain/core/testing';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { withParquet } from './thread.ts';

const options = { source: 't.parquet' };

describe('a parquet file in a thread', () => {
  const bytes = new Uint8Array(
    parquetWriteBuffer({
      columnData: [
        { name: 'id', data: ['a', null, 'c'] },
        { name: 'wide', data: [[0.1], [2], [3]] },
      ],
      rowGroupSize: 2,
    }),
  );

  it('gives its columns, from its bytes and from its path', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'refrain-parquet-')), 't.parquet');
    await writeFile(path, bytes);
    for (const file of [bytes, path]) {
      const read = await withParquet(file, options, async ({ columns, rowCount, read, readMatrix }) => ({
        columns,
        rowCount,
        ids: await read(['id']),
        wide: await readMatrix('wide'),
      }));
      expect(read).toEqual({
        columns: ['id', 'wide'],
        rowCount: 3,
        ids: [['a', null, 'c']],
        wide: { data: Float64Array.of(0.1, 2, 3), rows: 3, cols: 1 },
      });
    }
  });

  it('gives a column of lists of vectors as one matrix, with where those of each row start', async () => {
    const list = (name: string) => [
      { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' } as const,
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 } as const,
    ];
    const number = { name: 'element', repetition_type: 'OPTIONAL', type: 'FLOAT' } as const;
    const nested = (data: readonly unknown[]) =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [{ name: 'segments', data: [...data] }],
          schema: [{ name: 'root', num_children: 1 }, ...list('segments'), ...list('element'), number],
          rowGroupSize: 2,
        }),
      );
    const read = (data: readonly unknown[]) =>
      withParquet(nested(data), options, ({ readMatrix }) => readMatrix('segments'));
    expect(
      await read([
        [[0.5, 2]],
        [],
        [
          [3, 4],
          [5, 6],
          [7, 8],
        ],
      ]),
    ).toEqual({
      ...{ data: Float32Array.of(0.5, 2, 3, 4, 5, 6, 7, 8), rows: 4, cols: 2 },
      starts: Uint32Array.of(0, 1, 1, 4),
    });
    await expect(read([[[1, 2]], [[3, 4], [5]]])).rejects.toThrow('row 1: column segments holds 1 numbers');
    await expect(read([[[1, 2]], [[3, 4], null]])).rejects.toThrow('row 1: column segments holds null in place of');
  });

  it('is refused where it is damaged, and where a column is not there', async () => {
    const cut = withParquet(bytes.subarray(0, -4), options, async () => {});
    await expect(cut).rejects.toMatchObject({
      code: 'REFRAIN_DATA',
      message: expect.stringMatching(/^t\.parquet: can't be read as parquet: /),
    });
    const other = withParquet(bytes, options, ({ read }) => read(['other']));
    await expect(other).rejects.toThrow('t.parquet: there is no column other.');
    await expect(withParquet(tmpdir(), options, async () => {})).rejects.toThrow(/is no file but a folder/);
  });
});

describeWithData('field-cases/hostile', 'parquet files that send the reader into a loop without end', () => {
  const readAll = async (file: string, ending: { seconds?: number; signal?: AbortSignal }) =>
    withParquet(file, { ...options, ...ending }, ({ columns, read }) => read(columns));

  it.each(['hang.parquet', 'hang-1.parquet', 'hang-2.parquet'])('%s is given up', async (name) => {
    const seconds = await processorSeconds(() =>
      expect(readAll(testDataPath('field-cases', 'hostile', name), { seconds: 1 })).rejects.toThrow(
        /^t\.parquet: can't be read as parquet: it took more than 1 s of processor time; it is damaged\.$/,
      ),
    );
    expect(seconds).toBeLessThan(3);
  });

  it('are let go of when the run is interrupted', async () => {
    const interruption = new AbortController();
    const reading = readAll(testDataPath('field-cases', 'hostile', 'hang.parquet'), { signal: interruption.signal });
    const reason = new Error('interrupted');
    setTimeout(() => interruption.abort(reason), 1000);
    await expect(reading).rejects.toBe(reason);
  });
});
