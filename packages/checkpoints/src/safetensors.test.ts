import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { memorySource } from './byteSource.ts';
import { readCheckpoint } from './checkpoint.ts';
import { stateDict } from './stateDict.ts';
import { readTensor } from './tensor.ts';

/** A file with this header text and so many bytes of data: 1, 2, 3 … */
function fileOf(header: string | object, dataBytes: number, headerLength?: bigint): Uint8Array {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(headerLength ?? BigInt(text.length));
  return Buffer.concat([length, text, Uint8Array.from({ length: dataBytes }, (_, i) => i + 1)]);
}

const read = async (file: Uint8Array, limits = {}) => readCheckpoint(memorySource('a.safetensors', file), limits);
const line = (dtype: string, shape: unknown, ...offsets: unknown[]) => ({ dtype, shape, data_offsets: offsets });

describe('readSafetensors', () => {
  it.each([128, 384, 640, 896])(
    'takes no header of %i bytes, whose length begins as a pickle does, for a pickle',
    async (length) => {
      const header = JSON.stringify({ one: line('U8', [1], 0, 1) }).padEnd(length, ' ');
      const checkpoint = await read(fileOf(header, 1));
      expect(checkpoint.format).toBe('safetensors');
      expect(await readTensor(stateDict(checkpoint).tensors.get('one')!)).toEqual(Uint8Array.of(1));
    },
  );

  it('reads tensors of all kinds, in the order of the header, at any alignment', async () => {
    const file = fileOf(
      {
        __metadata__: { format: 'pt' },
        last: line('U16', [2], 18, 22),
        byte: line('U8', [3], 0, 3),
        long: line('I64', [], 3, 11),
        none: line('F32', [0, 4], 11, 11),
        wide: line('I16', [2], 11, 15),
        bits: line('BOOL', [3], 15, 18),
      },
      22,
    );
    const checkpoint = await read(file);
    expect(checkpoint.format).toBe('safetensors');
    const { tensors } = stateDict(checkpoint);
    const found = await Promise.all([...tensors].map(async ([name, one]) => [name, one.shape, await readTensor(one)]));
    expect(found).toEqual([
      ['last', [2], Uint16Array.of(0x1413, 0x1615)],
      ['byte', [3], Uint8Array.of(1, 2, 3)],
      ['long', [], BigInt64Array.of(0x0b0a090807060504n)],
      ['none', [0, 4], new Float32Array(0)],
      ['wide', [2], Int16Array.of(0x0d0c, 0x0f0e)],
      ['bits', [3], Uint8Array.of(1, 1, 1)],
    ]);
  });

  it('hands back what the file says of itself, in its order, and nothing where it says nothing', async () => {
    const said = {
      format: 'pt',
      standardize: 'off',
      'für Menschen': 'ja\n"ja"',
      ['__proto__']: 'a name like any other',
    };
    const { metadata, value } = await read(fileOf({ a: line('U8', [1], 0, 1), __metadata__: said }, 1));
    expect([...metadata]).toEqual(Object.entries(said));
    expect([...(value as Map<string, unknown>).keys()]).toEqual(['a']);
    expect((await read(fileOf(good, 4))).metadata.size).toBe(0);
    expect((await read(fileOf({ ...good, __metadata__: {} }, 4))).metadata.size).toBe(0);
  });

  it('reads padding after the header, and escaped names', async () => {
    const file = fileOf(`{"\\u0061":{"dtype":"I8","shape":[1],"data_offsets":[0,1]}}   `, 1);
    expect([...stateDict(await read(file)).tensors.keys()]).toEqual(['a']);
  });

  const good = { a: line('F32', [1], 0, 4) };
  it.each<[string, Uint8Array, RegExp]>([
    ['a header longer than the file', fileOf(good, 4, 1000n), /the header would be 1000 bytes/],
    ['a header of 2^64 − 1 bytes', fileOf(good, 4, 2n ** 64n - 1n), /claims 18446744073709552000 bytes; at most/],
    ['a header of 2^63 bytes', fileOf(good, 4, 2n ** 63n), /at most/],
    ['a header that is too short', fileOf(good, 4, 10n), /text in it does not end|not JSON/],
    ['a header that reaches into the data', fileOf(good, 4, BigInt(JSON.stringify(good).length + 1)), /not JSON/],
    ['bad JSON', fileOf('{"a":}', 0), /not JSON/],
    ['bytes that are not UTF-8', fileOf('{"a":1}', 0).map((byte) => (byte === 0x61 ? 0xff : byte)), /not UTF-8/],
    [
      'a name twice',
      fileOf(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        1,
      ),
      /key "a" twice/,
    ],
    [
      'a name twice, once escaped',
      fileOf(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\\u0061" :{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}',
        1,
      ),
      /twice/,
    ],
    [
      'a field twice',
      fileOf('{"a":{"dtype":"U8","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 4),
      /key "dtype" twice/,
    ],
    ['an unknown dtype', fileOf({ a: line('F8_E4M3', [1], 0, 1) }, 1), /dtype "\\"F8_E4M3\\""; F64, F32/],
    [
      'a wrong dtype for the bytes',
      fileOf({ a: line('F64', [1], 0, 4) }, 4),
      /has 4 bytes, but its shape and dtype take 8/,
    ],
    ['a line that is a list', fileOf({ a: [] }, 0), /is no JSON object/],
    ['a fraction as size', fileOf({ a: line('U8', [1.5], 0, 1) }, 1), /shape/],
    ['a negative size', fileOf({ a: line('U8', [-1], 0, 1) }, 1), /shape/],
    ['a shape that overflows', fileOf({ a: line('U8', [2 ** 32, 2 ** 32], 0, 1) }, 1), /shape and dtype take/],
    ['offsets in reverse', fileOf({ a: line('U8', [1], 1, 0) }, 1), /has -1 bytes/],
    ['three offsets', fileOf({ a: line('U8', [1], 0, 1, 2) }, 1), /data_offsets/],
    [
      'overlapping tensors',
      fileOf({ a: line('U8', [2], 0, 2), b: line('U8', [2], 1, 3) }, 3),
      /"b" begins at byte 1 of the data, the one before ends at 2/,
    ],
    ['a gap', fileOf({ a: line('U8', [1], 0, 1), b: line('U8', [1], 2, 3) }, 3), /"b" begins at byte 2/],
    ['a tensor past the end', fileOf(good, 3), /end at byte 4 of the data, but there are 3/],
    ['data that nobody names', fileOf(good, 5), /but there are 5/],
    ['metadata that is no text', fileOf({ __metadata__: { a: 1 } }, 0), /__metadata__/],
    ['metadata that is a list', fileOf({ __metadata__: ['a'] }, 0), /__metadata__/],
    ['metadata twice', fileOf('{"__metadata__":{},"__metadata__":{}}', 0), /"__metadata__" twice/],
    ['a key of the metadata twice', fileOf('{"__metadata__":{"a":"1","a":"2"}}', 0), /key "a" twice/],
    ['deep nesting', fileOf(`{"a":${'['.repeat(1000)}`, 0), /deeper than 3/],
    ['no tensor at all', fileOf({}, 0), /holds no tensors/],
  ])('refuses %s', async (_, file, message) => {
    const tensors = read(file).then(stateDict);
    await expect(tensors).rejects.toThrow(DataError);
    await expect(tensors).rejects.toThrow(message);
  });

  it('keeps names as they are', async () => {
    const file = fileOf('{"__proto__":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1);
    expect([...stateDict(await read(file)).tensors.keys()]).toEqual(['__proto__']);
  });

  it('keeps to its limits', async () => {
    await expect(read(fileOf(good, 4), { headerBytes: 10 })).rejects.toThrow(/at most 10/);
    await expect(read(fileOf(good, 4), { tensorBytes: 3 })).rejects.toThrow(/at most 3/);
  });
});
