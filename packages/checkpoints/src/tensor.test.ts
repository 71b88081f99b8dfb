import { DataError, type ElementType } from '@refrain/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { asFloat32, limitsOf, readTensor, rowMajorStrides, type Storage, tensorOf, type View } from './tensor.ts';

const limits = limitsOf({ tensorBytes: 1000 });

function storageOf(bytes: Uint8Array, dtype: ElementType, elementBytes: number): Storage {
  const read = async (from: number, to: number) => bytes.subarray(from, to);
  return { kind: 'storage', source: 'a.pt', dtype, count: bytes.length / elementBytes, read };
}

const floats = (...values: number[]) => storageOf(new Uint8Array(Float32Array.from(values).buffer), 'float32', 4);
const flat = (storage: Storage) => tensorOf(storage, { offset: 0, shape: [storage.count], strides: [1] }, limits);

describe('tensorOf', () => {
  const numbers = floats(0, 1, 2, 3, 4, 5);

  it.each<[string, View, number[]]>([
    ['a scalar', { offset: 4, shape: [], strides: [] }, [4]],
    ['a transposed matrix', { offset: 0, shape: [3, 2], strides: [1, 3] }, [0, 3, 1, 4, 2, 5]],
    ['every second element', { offset: 1, shape: [3], strides: [2] }, [1, 3, 5]],
    ['an expanded row', { offset: 2, shape: [3, 2], strides: [0, 1] }, [2, 3, 2, 3, 2, 3]],
    ['a window that slides', { offset: 0, shape: [4, 3], strides: [1, 1] }, [0, 1, 2, 1, 2, 3, 2, 3, 4, 3, 4, 5]],
    ['nothing', { offset: 6, shape: [2, 0, 2 ** 40], strides: [9, 9, 9] }, []],
    ['one, whatever the strides', { offset: 5, shape: [1, 1], strides: [99, 7] }, [5]],
  ])('views %s', async (_, view, expected) => {
    expect([...(await asFloat32(tensorOf(numbers, view, limits)))]).toEqual(expected);
  });

  it.each<[string, View, RegExp]>([
    ['another number of strides', { offset: 0, shape: [1], strides: [] }, /1 sizes and 0 strides/],
    ['65 dimensions', { offset: 0, shape: Array(65).fill(1), strides: Array(65).fill(1) }, /65 dimensions/],
    ['a fraction', { offset: 0, shape: [1.5], strides: [1] }, /whole number/],
    ['a negative stride', { offset: 5, shape: [2], strides: [-1] }, /whole number/],
    ['a text', { offset: '0', shape: [], strides: [] }, /whole number/],
    ['one element too many', { offset: 1, shape: [6], strides: [1] }, /past its storage of 6/],
    ['a far stride', { offset: 0, shape: [2, 2], strides: [2 ** 53 - 1, 1] }, /past its storage/],
    ['an offset past the end', { offset: 7, shape: [0], strides: [1] }, /past its storage/],
    ['more than the limit', { offset: 0, shape: [251], strides: [0] }, /at most 1000 bytes/],
    ['a product beyond doubles', { offset: 0, shape: Array(60).fill(2 ** 40), strides: Array(60).fill(0) }, /at most/],
  ])('refuses %s', (_, view, message) => {
    expect(() => tensorOf(numbers, view, limits)).toThrow(DataError);
    expect(() => tensorOf(numbers, view, limits)).toThrow(message);
  });

  it('does not gather from more than the limit', async () => {
    const large = { ...numbers, count: 10_000 };
    const sparse = tensorOf(large, { offset: 0, shape: [2], strides: [9000] }, limits);
    await expect(readTensor(sparse)).rejects.toThrow(/spread over 36004 bytes; at most 1000/);
  });

  it('gives what indices give, for any view', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => (i * 37) % 251);
    const dimension = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 5 }));
    const kinds = fc.constantFrom<[ElementType, number]>(['uint8', 1], ['int16', 2], ['int32', 4], ['int64', 8]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(dimension, { maxLength: 4 }),
        fc.nat(3),
        kinds,
        async (axes, offset, [dtype, width]) => {
          const shape = axes.map(([size]) => size);
          const strides = axes.map(([, stride]) => stride);
          const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
          fc.pre(last < 256 / width);
          const storage = storageOf(bytes, dtype, width);
          const values = await readTensor(tensorOf(storage, { offset, shape, strides }, limitsOf()));
          const places = rowMajorStrides(shape);
          const view = new DataView(bytes.buffer);
          for (let i = 0; i < values.length; i++) {
            const at = shape.reduce(
              (sum, size, axis) => sum + (Math.floor(i / places[axis]!) % size) * strides[axis]!,
              offset,
            );
            const exact = {
              1: () => view.getUint8(at),
              2: () => view.getInt16(at * 2, true),
              4: () => view.getInt32(at * 4, true),
            };
            const expected = width === 8 ? view.getBigInt64(at * 8, true) : exact[width as 1 | 2 | 4]();
            expect(values[i]).toBe(expected);
          }
        },
      ),
    );
  });
});

describe('asFloat32', () => {
  it('widens float16 and bfloat16 exactly', async () => {
    // Bit patterns: 1, −2, largest, smallest normal, largest and smallest subnormal, −0, infinities.
    const half = storageOf(
      new Uint8Array(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0400, 0x03ff, 0x0001, 0x8000, 0x7c00, 0xfc00).buffer),
      'float16',
      2,
    );
    const halves = [1, -2, 65504, 2 ** -14, 1023 * 2 ** -24, 2 ** -24, -0, Infinity, -Infinity];
    expect([...(await asFloat32(flat(half)))]).toEqual(halves);
    const brain = storageOf(
      new Uint8Array(Uint16Array.of(0x3f80, 0xc000, 0x0001, 0x8000, 0x7f80, 0x7fc0).buffer),
      'bfloat16',
      2,
    );
    expect([...(await asFloat32(flat(brain)))]).toEqual([1, -2, 2 ** -133, -0, Infinity, Number.NaN]);
  });

  it('has every float16 back', async () => {
    const finite = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((bits) => (bits & 0x7c00) !== 0x7c00);
    const all = { ...limits, tensorBytes: 2 ** 20 };
    const storage = storageOf(new Uint8Array(finite.buffer), 'float16', 2);
    const values = await asFloat32(tensorOf(storage, { offset: 0, shape: [finite.length], strides: [1] }, all));
    // Magnitudes grow with the bits, and neighbours of one exponent are equally far apart.
    for (let i = 1; i < 0x7c00; i++) expect(values[i]! - values[i - 1]!).toBe(2 ** (Math.max(1, (i - 1) >> 10) - 25));
    for (let i = 0; i < 0x7c00; i++) expect(values[0x7c00 + i]).toBe(-values[i]!);
  });

  it('takes whole numbers and doubles that float32 has, and no others', async () => {
    const integers = (...values: bigint[]) =>
      flat(storageOf(new Uint8Array(BigInt64Array.from(values).buffer), 'int64', 8));
    const doubles = (...values: number[]) =>
      flat(storageOf(new Uint8Array(Float64Array.from(values).buffer), 'float64', 8));
    expect([...(await asFloat32(integers(-3n, 2n ** 24n, 2n ** 60n)))]).toEqual([-3, 2 ** 24, 2 ** 60]);
    await expect(asFloat32(integers(0n, 2n ** 24n + 1n))).rejects.toThrow(/element 1 of a tensor of int64 is 16777217/);
    await expect(asFloat32(integers(2n ** 60n + 1n))).rejects.toThrow(DataError);
    expect([...(await asFloat32(doubles(0.5, Number.NaN, -Infinity)))]).toEqual([0.5, Number.NaN, -Infinity]);
    await expect(asFloat32(doubles(0.1))).rejects.toThrow(/0\.1, which float32 does not have/);
    await expect(asFloat32(doubles(1e300))).rejects.toThrow(DataError);
  });

  it('takes any byte but 0 for true', async () => {
    expect([...(await asFloat32(flat(storageOf(Uint8Array.of(0, 1, 2, 255), 'bool', 1))))]).toEqual([0, 1, 1, 1]);
  });
});
