import { mkdtemp, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import { describeWithData, testDataJson, testDataPath } from '../testing/testData.ts';
import type { NpyHeader } from './header.ts';
import { readNpyHeader, readNpyMatrix } from './read.ts';
import { openNpyRows } from './rows.ts';
import { headerFor, writeNpy, writeNpyRows } from './write.ts';

describe('rows of an .npy file', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-rows-'));
  });

  /** A file of 5 × 3 in which row i holds 10·i, 10·i + 1, 10·i + 2. */
  const counted = async (name: string) => {
    const path = join(folder, name);
    const data = Float32Array.from({ length: 15 }, (_, at) => 10 * Math.floor(at / 3) + (at % 3));
    await writeNpyRows(path, 3, [{ data, rows: 5, cols: 3 }]);
    return path;
  };

  it('are read from any place on, in any order', async () => {
    const matrix = await openNpyRows(await counted('good.npy'));
    expect([matrix.rows, matrix.cols]).toEqual([5, 3]);
    expect(await matrix.read(3, 2)).toEqual({ data: Float32Array.of(30, 31, 32, 40, 41, 42), rows: 2, cols: 3 });
    expect(await matrix.read(1, 1)).toEqual({ data: Float32Array.of(10, 11, 12), rows: 1, cols: 3 });
    expect(await matrix.read(5, 0)).toEqual({ data: new Float32Array(), rows: 0, cols: 3 });
    await matrix.close();
    await expect(matrix.read(0, 1)).rejects.toThrow();
  });

  it('lie in memory of their own', async () => {
    const matrix = await openNpyRows(await counted('own.npy'));
    const first = await matrix.read(0, 2);
    first.data.fill(-1);
    expect((await matrix.read(0, 1)).data).toEqual(Float32Array.of(0, 1, 2));
    await matrix.close();
  });

  it.each([
    [4, 2],
    [-1, 1],
    [0.5, 1],
    [0, -1],
    [0, Number.NaN],
  ])('are refused where there are none: from %d on, %d', async (start, count) => {
    const matrix = await openNpyRows(await counted('range.npy'));
    await expect(matrix.read(start, count)).rejects.toThrow(RangeError);
    await matrix.close();
  });

  it('may be big-endian', async () => {
    const data = Buffer.alloc(16);
    for (const [at, value] of [1.5, -2, 0, 1e-3].entries()) data.writeFloatBE(value, 4 * at);
    const path = join(folder, 'big.npy');
    await writeFile(path, Buffer.concat([headerFor('>f4', [2, 2]), data]));
    const matrix = await openNpyRows(path);
    expect((await matrix.read(1, 1)).data).toEqual(Float32Array.of(0, 1e-3));
    expect((await matrix.read(0, 2)).data).toEqual(Float32Array.of(1.5, -2, 0, 1e-3));
    await matrix.close();
  });

  it('are refused in a file that is cut, before any is read', async () => {
    const path = await counted('cut.npy');
    await truncate(path, 128 + 4 * 15 - 1);
    await expect(openNpyRows(path)).rejects.toThrow(/cut\.npy is cut: its header promises 188 bytes, the file has 187/);
  });

  it('name a file that is cut after it was opened', async () => {
    const path = await counted('shrinks.npy');
    const matrix = await openNpyRows(path);
    await truncate(path, 128 + 4 * 7);
    expect((await matrix.read(0, 2)).rows).toBe(2);
    await expect(matrix.read(2, 1)).rejects.toThrow(/shrinks\.npy is cut: it ends at byte 156/);
    await matrix.close();
  });

  it('are refused in other arrays than a float32 matrix', async () => {
    const double = join(folder, 'f8.npy');
    await writeNpy(double, { dtype: 'float64', shape: [1, 2], data: Float64Array.of(1, 2) });
    await expect(openNpyRows(double)).rejects.toThrow(/expected a float32 array .*, found float64 \(1, 2\)/);
    const list = join(folder, 'list.npy');
    await writeNpy(list, { dtype: 'float32', shape: [2], data: Float32Array.of(1, 2) });
    await expect(openNpyRows(list)).rejects.toThrow(/of two dimensions .*, found float32 \(2\)/);
    await expect(openNpyRows(join(folder, 'nowhere.npy'))).rejects.toThrow(/no such file/);
  });
});

describeWithData('golden/npy', 'rows of the golden NumPy files', () => {
  const isMatrix = ({ dtype, shape }: NpyHeader) => dtype === 'float32' && shape.length === 2;

  for (const { file } of testDataJson<{ file: string }[]>('golden', 'npy', 'manifest.json')) {
    it(`${file}: are those of the whole matrix, or refused`, async () => {
      const path = testDataPath('golden', 'npy', file);
      const header = await readNpyHeader(path).catch(() => undefined);
      if (header === undefined || !isMatrix(header) || header.fortranOrder) {
        await expect(openNpyRows(path)).rejects.toThrow(DataError);
        return;
      }
      const whole = await readNpyMatrix(path);
      const matrix = await openNpyRows(path);
      expect(await matrix.read(0, matrix.rows)).toEqual(whole);
      for (let row = 0; row < whole.rows; row++) {
        expect((await matrix.read(row, 1)).data).toEqual(whole.data.slice(row * whole.cols, (row + 1) * whole.cols));
      }
      await matrix.close();
    });
  }
});
