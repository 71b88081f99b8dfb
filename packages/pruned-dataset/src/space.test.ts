import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNpy } from '@refrain/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { metadataOfFormat1 } from './migrate.ts';
import { type FittedSpace, readSpace, readStandardization, writeSpace } from './space.ts';

const STANDARDIZED: FittedSpace = { dim: 3, columns: [0, 2], mean: [0.1, -1e-300], sd: [1 / 3, 7e200] };
const WHITENED: FittedSpace = {
  ...STANDARDIZED,
  whitening: {
    covariance: 'total',
    matrix: Float64Array.of(1 / 3, -0.1, 0, 2),
    shrinkage: 0.05,
    effectiveRank: 1.5,
    clips: 6,
    segments: 60,
  },
};

describe('the space of a folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-space-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const matrix = (data: Float64Array, shape = [2, 2]) =>
    writeNpy(join(folder, 'whitening.npy'), { dtype: 'float64', shape, data });
  const change = async (fields: object) => {
    const path = join(folder, 'space.json');
    await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...fields }));
  };

  it.each([STANDARDIZED, WHITENED])('comes back as it was, to the last bit', async (space) => {
    await writeSpace(folder, space);
    expect(await readSpace(folder)).toEqual(space);
  });

  it('was whitened within clips where an older folder does not say by what', async () => {
    await writeSpace(folder, WHITENED);
    const { covariance: _, ...found } = JSON.parse(await readFile(join(folder, 'space.json'), 'utf8')).whitening;
    await change({ whitening: found });
    expect((await readSpace(folder)).whitening).toEqual({ ...WHITENED.whitening, covariance: 'within-clip' });
    await change({ whitening: { ...found, covariance: 'between' } });
    await expect(readSpace(folder)).rejects.toThrow(/space\.json: "whitening\.covariance"/);
  });

  it('is standardised in folders of format 1, whose options said so in other words', async () => {
    await writeFile(join(folder, 'standardization.json'), JSON.stringify(STANDARDIZED));
    expect(await readStandardization(folder)).toEqual(STANDARDIZED);
    for (const [standardize, space] of [
      [true, 'standardized'],
      [false, 'raw'],
    ])
      expect(metadataOfFormat1({ settings: { seed: 1, standardize } }, []).settings).toEqual({ seed: 1, space });
  });

  it('is of a format that is known, and its lists fit each other', async () => {
    await writeSpace(folder, WHITENED);
    await change({ format: 2 });
    await expect(readSpace(folder)).rejects.toThrow(/space\.json: "format": Invalid input: expected 1/);
    await change({ format: 1, mean: [1] });
    await expect(readSpace(folder)).rejects.toThrow(/columns, mean and sd must have one length/);
    await change({ mean: [1, 2], columns: [2, 0] });
    await expect(readSpace(folder)).rejects.toThrow(/columns must ascend and be below dim/);
    await change({ columns: [0, 3] });
    await expect(readSpace(folder)).rejects.toThrow(/columns must ascend and be below dim/);
  });

  it.each([
    ['another shape', [1, 0, 1], [3, 1], /expected float64 of 2 × 2.*found float64 \(3, 1\)/],
    ['numbers below the diagonal', [1, 0, 0.5, 1], [2, 2], /row 1, column 0 is 0.5/],
    ['a diagonal that is not positive', [1, 3, 0, 0], [2, 2], /row 1, column 1 is 0;/],
    ['numbers that are not finite', [1, Number.NaN, 0, 1], [2, 2], /row 0, column 1 is NaN/],
  ])('refuses a matrix with %s', async (_, values, shape, message) => {
    await writeSpace(folder, WHITENED);
    await matrix(Float64Array.from(values), shape);
    const read = readSpace(folder);
    await expect(read).rejects.toThrow(message);
    await expect(read).rejects.toMatchObject({ code: 'REFRAIN_DATA', source: join(folder, 'whitening.npy') });
  });

  it('needs the matrix where it is whitened', async () => {
    await writeSpace(folder, STANDARDIZED);
    await change({ whitening: { shrinkage: 0.05, effective_rank: 1, clips: 2, segments: 4 } });
    await expect(readSpace(folder)).rejects.toThrow(/whitening\.npy: there is no such file/);
  });
});
