import { readFile } from 'node:fs/promises';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { hasLargeKernels } from './modelFile.ts';

/** A field of the wire format: a number, or bytes with their length; none here is longer than 127 bytes. */
const field = (number: number, content: number | string | Uint8Array) =>
  typeof content === 'number'
    ? Buffer.from([number << 3, ...varint(content)])
    : Buffer.concat([Buffer.from([(number << 3) | 2, content.length]), Buffer.from(content as string)]);
const varint = (value: number) => (value < 128 ? [value] : [(value & 127) | 128, value >> 7]);

/** A model of one node with a kernel, with numbers of fields as onnx.proto has them; a packed list is how newer writers put it. */
function modelOf(type: string, kernel: readonly number[], isPacked = false): Uint8Array {
  const lengths = isPacked ? [field(8, Uint8Array.from(kernel.flatMap(varint)))] : kernel.map((one) => field(8, one));
  const attribute = Buffer.concat([field(1, 'kernel_shape'), ...lengths]);
  const node = Buffer.concat([field(1, 'x'), field(4, type), field(5, attribute)]);
  return Buffer.concat([field(1, 8), field(7, field(1, node))]);
}

describe('large kernels', () => {
  it.each<[type: string, kernel: number[], isLarge: boolean]>([
    ['Conv', [67, 7], true],
    ['Conv', [1, 129], true],
    ['Conv', [8, 8], true],
    ['Conv', [7, 7], false],
    // Along time alone the layout in blocks does well.
    ['Conv', [512], false],
    ['MaxPool', [67, 7], false],
  ])('are those of planes: %s %j', (type, kernel, isLarge) => {
    expect(hasLargeKernels(modelOf(type, kernel))).toBe(isLarge);
    expect(hasLargeKernels(modelOf(type, kernel, true))).toBe(isLarge);
  });
});

describeWithData('encoders', 'large kernels of real models', () => {
  it.each([
    ['mtat-musicnn.onnx', true],
    ['clmr-open/clmr-open.onnx', false],
  ])('%s: %s', async (name, isLarge) => {
    expect(hasLargeKernels(await readFile(testDataPath('encoders', ...name.split('/'))))).toBe(isLarge);
  });
});
