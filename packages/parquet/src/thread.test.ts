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
