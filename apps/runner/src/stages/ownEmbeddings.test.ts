import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNpy } from '@refrain/core';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeAll, describe, expect, it } from 'vitest';
import { readOwnEmbeddings } from './ownEmbeddings.ts';

const VECTORS = [
  [0.5, -1, 2],
  [0, 0.25, 8],
];
const plain = { ids: undefined, embeddingsColumn: undefined, idsColumn: undefined };

describe('own embeddings', () => {
  let folder: string;
  const parquet = async (name: string, columns: Readonly<Record<string, readonly unknown[]>>) => {
    const file = join(folder, `${name}.parquet`);
    const columnData = Object.entries(columns).map(([column, data]) => ({ name: column, data: [...data] }));
    await writeFile(file, new Uint8Array(parquetWriteBuffer({ columnData })));
    return file;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-own-'));
  });

  it('are the same from .npy and from .parquet', async () => {
    const npy = join(folder, 'a.npy');
    await writeNpy(npy, { dtype: 'float32', shape: [2, 3], data: Float32Array.from(VECTORS.flat()) });
    const fromNpy = await readOwnEmbeddings(npy, plain);
    expect(fromNpy.ids).toEqual(['row-0', 'row-1']);
    const file = await parquet('a', { id: ['x', '=y'], embedding: VECTORS, other: [1, 2] });
    const { rows, ids } = await readOwnEmbeddings(file, plain);
    expect(rows).toEqual(fromNpy.rows);
    expect(ids).toEqual(['x', '=y']);
  });

  it('come from the columns that are asked for', async () => {
    const file = await parquet('named', { clap: VECTORS, key: [7, 8] });
    const choice = { ...plain, embeddingsColumn: 'clap', idsColumn: 'key' };
    expect((await readOwnEmbeddings(file, choice)).ids).toEqual(['7', '8']);
    await expect(readOwnEmbeddings(file, plain)).rejects.toThrow(/--embeddings-column. It has clap, key/);
    await expect(readOwnEmbeddings(file, { ...choice, idsColumn: 'id' })).rejects.toThrow(/no such column, but clap/);
  });

  it('are refused where rows do not fit, ids repeat, or the file is none', async () => {
    const ragged = await parquet('ragged', { embedding: [...VECTORS, [1]] });
    await expect(readOwnEmbeddings(ragged, plain)).rejects.toThrow(/row 2: column embedding holds 1 numbers; .* has 3/);
    const text = await parquet('text', { embedding: ['a', 'b'] });
    await expect(readOwnEmbeddings(text, plain)).rejects.toThrow(/row 0: .* string in place of a list/);
    const twice = await parquet('twice', { id: ['a', 'a'], embedding: VECTORS });
    await expect(readOwnEmbeddings(twice, plain)).rejects.toThrow(/id "a" stands there twice/);
    const broken = join(folder, 'broken.parquet');
    await writeFile(broken, 'no parquet');
    await expect(readOwnEmbeddings(broken, plain)).rejects.toMatchObject({ code: 'REFRAIN_DATA' });
    await expect(readOwnEmbeddings(join(folder, 'no.parquet'), plain)).rejects.toMatchObject({ code: 'REFRAIN_DATA' });
    const npy = join(folder, 'b.npy');
    await writeNpy(npy, { dtype: 'float32', shape: [2, 3], data: Float32Array.from(VECTORS.flat()) });
    await expect(readOwnEmbeddings(npy, { ...plain, idsColumn: 'id' })).rejects.toThrow(
      /--ids-column is for a .parquet/,
    );
  });
});
