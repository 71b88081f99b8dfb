import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dot, type Matrix, seededRandom, writeNpy } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeAll, describe, expect, it } from 'vitest';
import type { OwnChoice } from '../settings.ts';
import { trainSpace } from '../space/space.ts';
import { readOwnEmbeddings } from './ownEmbeddings.ts';

const VECTORS = [
  [0.5, -1, 2],
  [0, 0.25, 8],
];
const plain = {
  ids: undefined,
  embeddingsColumn: undefined,
  idsColumn: undefined,
  segmentStarts: undefined,
  segments: undefined,
};

/** The embeddings with ids and numbers of each clip side by side. */
async function read(embeddings: string | Matrix, choice: Omit<OwnChoice, 'embeddings'> = plain) {
  const { clips, bad } = await readOwnEmbeddings({ ...choice, embeddings });
  const rows = await Promise.all(clips.map(async ({ segments }) => (await segments.read()).data));
  return { ids: clips.map(({ clip }) => clip.id), rows, bad };
}

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
    const fromNpy = await read(npy, plain);
    expect(fromNpy.ids).toEqual(['row-0', 'row-1']);
    const file = await parquet('a', { id: ['x', '=y'], embedding: VECTORS, other: [1, 2] });
    const { rows, ids } = await read(file, plain);
    expect(rows).toEqual(fromNpy.rows);
    expect(ids).toEqual(['x', '=y']);
  });

  it('come from the columns that are asked for', async () => {
    const file = await parquet('named', { clap: VECTORS, key: [7, 8] });
    const choice = { ...plain, embeddingsColumn: 'clap', idsColumn: 'key' };
    expect((await read(file, choice)).ids).toEqual(['7', '8']);
    await expect(read(file, plain)).rejects.toThrow(/`embeddingsColumn`. It has clap, key/);
    await expect(read(file, { ...choice, idsColumn: 'id' })).rejects.toThrow(/no such column, but clap/);
  });

  it('are refused where rows do not fit, ids repeat, or the file is none', async () => {
    const ragged = await parquet('ragged', { embedding: [...VECTORS, [1]] });
    await expect(read(ragged, plain)).rejects.toThrow(/row 2: column embedding holds 1 numbers; .* has 3/);
    const none = await parquet('none', { embedding: [VECTORS[0], null] });
    await expect(read(none, plain)).rejects.toThrow(/row 1: column embedding holds null in place of a list/);
    const text = await parquet('text', { embedding: ['a', 'b'] });
    await expect(read(text, plain)).rejects.toThrow(/row 0: .* string in place of a list/);
    const twice = await parquet('twice', { id: ['a', 'a'], embedding: VECTORS });
    await expect(read(twice, plain)).rejects.toThrow(/id "a" stands there twice/);
    const broken = join(folder, 'broken.parquet');
    await writeFile(broken, 'no parquet');
    await expect(read(broken, plain)).rejects.toMatchObject({ code: 'REFRAIN_DATA' });
    await expect(read(join(folder, 'no.parquet'), plain)).rejects.toMatchObject({ code: 'REFRAIN_DATA' });
    const npy = join(folder, 'b.npy');
    await writeNpy(npy, { dtype: 'float32', shape: [2, 3], data: Float32Array.from(VECTORS.flat()) });
    await expect(read(npy, { ...plain, idsColumn: 'id' })).rejects.toThrow(/`idsColumn` is for a .parquet/);
  });

  it('set rows of zeros aside, with what is known of them', async () => {
    const npy = join(folder, 'zeros.npy');
    await writeNpy(npy, { dtype: 'float32', shape: [3, 2], data: Float32Array.of(1, 0, 0, -0, 0, 3) });
    const { rows, ids, bad } = await read(npy, plain);
    expect(rows).toEqual([Float32Array.of(1, 0), Float32Array.of(0, 3)]);
    expect(ids).toEqual(['row-0', 'row-2']);
    expect(bad).toEqual([
      { id: 'row-1', path: npy, stage: 'encode', reason: expect.stringMatching(/row 1 holds nothing but zeros/) },
    ]);
  });

  it('are refused by row and id where a number is none, or beyond float32', async () => {
    const npy = join(folder, 'nan.npy');
    const ids = join(folder, 'reversed.txt');
    await writeFile(ids, 'b\na\n');
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY, 1e300]) {
      await writeNpy(npy, { dtype: 'float64', shape: [2, 1], data: Float64Array.of(1, value) });
      await expect(read(npy, { ...plain, ids })).rejects.toThrow(`nan.npy: row 1 (clip a) holds ${value}`);
    }
  });

  it('keep their width only where float32 would lose something', async () => {
    const npy = async (data: Float64Array) => {
      const file = join(folder, 'wide.npy');
      await writeNpy(file, { dtype: 'float64', shape: [1, 2], data });
      return (await read(file, plain)).rows[0];
    };
    expect(await npy(Float64Array.of(0.5, 3))).toEqual(Float32Array.of(0.5, 3));
    expect(await npy(Float64Array.of(1e6 + 1e-6, 3))).toEqual(Float64Array.of(1e6 + 1e-6, 3));
  });

  it('stay in the file where they are segments: each clip is read from it when it is wanted', async () => {
    const npy = join(folder, 'stay.npy');
    const write = (...data: number[]) =>
      writeNpy(npy, { dtype: 'float32', shape: [data.length / 2, 2], data: Float32Array.from(data) });
    await write(1, 2, 3, 4, 5, 6);
    const { clips } = await readOwnEmbeddings({ ...plain, embeddings: npy, segmentStarts: Uint32Array.of(0, 2) });
    const numbers = async (clip: number) => [...(await clips[clip]!.segments.read()).data];
    expect([await numbers(1), await numbers(0)]).toEqual([
      [5, 6],
      [1, 2, 3, 4],
    ]);
    await write(1, 2, 3, 4, 7, 8);
    expect(await numbers(1)).toEqual([7, 8]);
    await write(1, 2, 3, 4);
    await expect(numbers(0)).rejects.toThrow(/stay\.npy was changed while it was in use/);
    await writeNpy(npy, { dtype: 'float32', shape: [2, 1], data: Float32Array.of(1, Number.NaN) });
    const broken = { ...plain, embeddings: npy, segmentStarts: Uint32Array.of(0, 1), ids: ['a', 'b'] };
    await expect(readOwnEmbeddings(broken)).rejects.toThrow('stay.npy: row 1 (clip b) holds NaN');
  });

  it('of clips of one row stay there where memory is limited, and are read in whatever order they are asked for', async () => {
    const npy = join(folder, 'limited.npy');
    const data = Float32Array.from({ length: 3000 }, (_, at) => at + 1);
    await writeNpy(npy, { dtype: 'float32', shape: [1000, 3], data });
    const held = await readOwnEmbeddings({ ...plain, embeddings: npy });
    const { clips } = await readOwnEmbeddings({ ...plain, embeddings: npy, maxMemory: 1e9 });
    for (const clip of [999, 0, 1, 2, 500, 501, 3, 999])
      expect([...(await clips[clip]!.segments.read()).data]).toEqual([3 * clip + 1, 3 * clip + 2, 3 * clip + 3]);
    await writeNpy(npy, { dtype: 'float32', shape: [1, 3], data: data.subarray(0, 3) });
    await expect(clips[7]!.segments.read()).rejects.toThrow(/limited\.npy was changed while it was in use/);
    expect([...(await held.clips[7]!.segments.read()).data]).toEqual([22, 23, 24]);
  });

  it('are the segments of clips where it is said where these start', async () => {
    const [npy, at, ids] = ['segments.npy', 'starts.npy', 'two.txt'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await writeNpy(npy, { dtype: 'float32', shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) });
    await writeFile(ids, 'x\ny\n');
    const choice = { ...plain, ids, segmentStarts: at };
    const starts = (...values: number[]) =>
      writeNpy(at, { dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) });
    for (const values of [
      [0, 2],
      [0, 2, 3],
    ]) {
      await starts(...values);
      const { clips } = await readOwnEmbeddings({ ...choice, embeddings: npy });
      const numbers = clips.map(async ({ segments }) => [segments.rows, ...(await segments.read()).data]);
      expect(await Promise.all(numbers)).toEqual([
        [2, 1, 2, 3, 4],
        [1, 5, 6],
      ]);
    }
    await starts(0, 2, 2);
    expect((await read(npy, { ...choice, ids: ['x', 'y', 'z'] })).bad).toMatchObject([
      { id: 'y', reason: expect.stringContaining('clip y has no segments') },
    ]);
    await starts(1, 2);
    await expect(read(npy, choice)).rejects.toThrow(/among the 3 rows, from 0 on and ascending; number 0 of them is 1/);
    await starts(0, 2, 1);
    await expect(read(npy, choice)).rejects.toThrow('number 2 of them is 1');
    await starts(0, 1, 2);
    await expect(read(npy, choice)).rejects.toThrow('has 2 ids for 3 embeddings');
    await writeNpy(npy, { dtype: 'float32', shape: [3, 1], data: Float32Array.of(1, 2, Number.NaN) });
    await starts(0, 1);
    await expect(read(npy, choice)).rejects.toThrow('row 2 (clip y) holds NaN');
  });

  it('take whole numbers of any width', async () => {
    const file = join(folder, 'int.npy');
    await writeNpy(file, { dtype: 'int8', shape: [1, 3], data: Int8Array.of(-128, 0, 127) });
    expect((await read(file, plain)).rows[0]).toEqual(Float32Array.of(-128, 0, 127));
    await writeNpy(file, { dtype: 'int64', shape: [1, 2], data: BigInt64Array.of(-5n, 2n ** 40n) });
    expect((await read(file, plain)).rows[0]).toEqual(Float32Array.of(-5, 2 ** 40));
  });

  it('have ids behind a byte order mark, from big integers, and never from nothing', async () => {
    const ids = join(folder, 'ids.txt');
    const file = await parquet('ids', { id: [2n ** 53n + 1n, 2n ** 53n + 2n], embedding: VECTORS });
    expect((await read(file, plain)).ids).toEqual(['9007199254740993', '9007199254740994']);
    for (const content of [Buffer.from('\uFEFFa\r\nb\r\n'), Buffer.from('\uFEFFa\nb', 'utf16le')]) {
      await writeFile(ids, content);
      expect((await read(file, { ...plain, ids })).ids).toEqual(['a', 'b']);
    }
    await writeFile(ids, 'a\n\n');
    await expect(read(file, { ...plain, ids })).rejects.toThrow(/line 2: expected an id/);
    const rounded = await parquet('rounded', { id: [2 ** 53 + 2, 0.5], embedding: VECTORS });
    await expect(read(rounded, plain)).rejects.toThrow(/row 0: expected an id.*9007199254740994/);
  });
});

describeWithData('field-cases', 'own embeddings of the field cases', () => {
  const file = (...names: string[]) => testDataPath('field-cases', ...names);

  it.each([
    ['null_vectors', /row 7: column embedding holds null at position 0/],
    ['null_element', /row 7: column embedding holds null at position 0/],
    ['null_id', /row 7: expected an id.*found null/],
  ])('%s is refused by its row', async (name, message) => {
    await expect(read(file('parquet', `${name}.parquet`), plain)).rejects.toThrow(message);
  });

  it('are the same whether something was added to all of them or not', async () => {
    const spaces = [];
    for (const name of ['f4.npy', 'offset.npy']) {
      const { clips } = await readOwnEmbeddings({ ...plain, embeddings: file('npy', name) });
      const space = await trainSpace(clips, { pooling: 'mean', space: 'whitened' }, seededRandom(0));
      spaces.push(space.embeddings);
    }
    const [plainly, moved] = spaces as [Matrix, Matrix];
    expect(moved.cols).toBe(plainly.cols);
    for (let i = 0; i < plainly.rows; i++)
      for (let j = 0; j < i; j++)
        expect(Math.abs(dot(plainly, i, plainly, j) - dot(moved, i, moved, j))).toBeLessThan(1e-6);
  });

  it('have the ids of a file with a byte order mark', async () => {
    const { ids } = await read(file('npy', 'f4.npy'), { ...plain, ids: file('npy', 'ids_bom.txt') });
    expect(ids[0]).toBe('clip0');
  });
});
