import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../errors.ts';
import { describeWithData, testDataJson, testDataPath } from '../testing/testData.ts';
import { readNpy, readNpyHeader, readNpyMatrix } from './read.ts';
import { writeNpy, writeNpyIntegers, writeNpyRows } from './write.ts';

interface Expected {
  file: string;
  expect: 'values' | 'refuse' | 'refuse or values' | 'values or refuse';
  shape: number[];
  values_c_order: (number | string | boolean)[];
}

const asText = (value: number | bigint | string | boolean) => {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return Object.is(value, -0) ? '-0' : String(value);
};

describeWithData('golden/npy', 'NumPy files of the golden set', () => {
  for (const entry of testDataJson<Expected[]>('golden', 'npy', 'manifest.json')) {
    it(`${entry.file}: ${entry.expect}`, async () => {
      const attempt = readNpy(testDataPath('golden', 'npy', entry.file)).catch((error: unknown) => error);
      const result = await attempt;
      if (entry.expect === 'refuse') {
        expect(result).toBeInstanceOf(DataError);
        return;
      }
      if (entry.expect !== 'values' && result instanceof DataError) return;
      if (result instanceof Error) throw result;
      const { shape, data } = result as Awaited<ReturnType<typeof readNpy>>;
      expect(shape).toEqual(entry.shape);
      expect(Array.from(data as Iterable<number | bigint>, asText)).toEqual(entry.values_c_order.map(asText));
    });
  }
});

describe('writing .npy', () => {
  const folder = mkdtemp(join(tmpdir(), 'refrain-npy-'));
  const file = async (name: string) => join(await folder, name);

  it('gives back what it wrote', async () => {
    const path = await file('f8.npy');
    await writeNpy(path, { dtype: 'float64', shape: [2, 2], data: Float64Array.of(1, Number.NaN, -0, 1e300) });
    const back = await readNpy(path);
    expect(back.shape).toEqual([2, 2]);
    expect(Array.from(back.data as Float64Array)).toEqual([1, Number.NaN, -0, 1e300]);
  });

  it('writes the header of np.save, byte for byte', async () => {
    const path = await file('indices.npy');
    await writeNpyIntegers(path, [3, 1]);
    const bytes = await readFile(path);
    expect(bytes.length).toBe(128 + 16);
    expect(bytes.subarray(10, 70).toString()).toContain("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }");
    expect(bytes[127]).toBe(10);
  });

  it('streams rows and fills in their number', async () => {
    const path = await file('rows.npy');
    const block = { data: Float32Array.of(1, 2, 3, 4), rows: 2, cols: 2 };
    await writeNpyRows(path, 2, [block, block]);
    expect((await readNpyHeader(path)).shape).toEqual([4, 2]);
    expect(Array.from((await readNpyMatrix(path)).data)).toEqual([1, 2, 3, 4, 1, 2, 3, 4]);
  });

  it('leaves nothing behind when writing fails', async () => {
    const path = await file('half.npy');
    const failing = (function* () {
      yield { data: new Float32Array(2), rows: 1, cols: 2 };
      throw new Error('disk full');
    })();
    await expect(writeNpyRows(path, 2, failing)).rejects.toThrow('disk full');
    expect((await readdir(await folder)).filter((name) => name.includes('half'))).toEqual([]);
  });

  it('names the file that the operating system refuses', async () => {
    await writeFile(await file('a-file'), '');
    await expect(writeNpyIntegers(await file('a-file/inside.npy'), [1])).rejects.toThrow(/EEXIST|ENOTDIR/);
    await mkdir(await file('a-folder.npy/inside'), { recursive: true });
    await expect(writeNpyIntegers(await file('a-folder.npy'), [1])).rejects.toThrow(
      /Cannot write .*a-folder\.npy: .*(EISDIR|ENOTEMPTY)/,
    );
  });

  it('refuses values that do not fit the shape', async () => {
    await expect(
      writeNpy(await file('bad.npy'), { dtype: 'float32', shape: [3], data: new Float32Array(2) }),
    ).rejects.toThrow(RangeError);
  });
});
