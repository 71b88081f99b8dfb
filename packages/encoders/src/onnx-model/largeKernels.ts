import { fieldsOf } from './protobufFields.ts';

// As onnx/onnx.proto3 numbers them.
const GRAPH = 7;
const NODE = 1;
const NODE_TYPE = 4;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_NAME = 1;
const ATTRIBUTE_INTEGERS = 8;

/** Points of a kernel from which it counts as large: those of images have 9 to 49. */
const LARGE = 64;

/**
 * Whether a model convolves planes with a large kernel, as MusiCNN does spectrograms (67 × 7 points). onnxruntime's layout in blocks of channels,
 * by far the best for small kernels, is slow with these: a window of MusiCNN takes 930 ms with it and 111 ms without (one core of a Xeon with
 * AVX-512; CLMR's small kernels 28 ms with it and 50 ms without). The bytes were looked through before (`externalDataOf`).
 */
export function hasLargeKernels(model: Uint8Array): boolean {
  for (const graph of messagesIn(model, GRAPH))
    for (const node of messagesIn(graph, NODE)) if (textIn(node, NODE_TYPE) === 'Conv' && isLarge(node)) return true;
  return false;
}

function isLarge(convolution: Uint8Array): boolean {
  for (const attribute of messagesIn(convolution, NODE_ATTRIBUTE)) {
    if (textIn(attribute, ATTRIBUTE_NAME) !== 'kernel_shape') continue;
    const shape = [...integersIn(attribute, ATTRIBUTE_INTEGERS)];
    return shape.length > 1 && shape.reduce((points, length) => points * length, 1) >= LARGE;
  }
  return false;
}

function* messagesIn(message: Uint8Array, wanted: number): Generator<Uint8Array> {
  for (const [field, content] of fieldsOf(message)) if (field === wanted && typeof content !== 'number') yield content;
}

function textIn(message: Uint8Array, wanted: number): string | undefined {
  for (const content of messagesIn(message, wanted)) return Buffer.from(content).toString('utf8');
  return undefined;
}

/** A list of integers, which stands one by one or packed. */
function* integersIn(message: Uint8Array, wanted: number): Generator<number> {
  for (const [field, content] of fieldsOf(message)) {
    if (field !== wanted) continue;
    if (typeof content === 'number') yield content;
    else yield* unpacked(content);
  }
}

function* unpacked(bytes: Uint8Array): Generator<number> {
  let [value, scale] = [0, 1];
  for (const byte of bytes) {
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    yield value;
    [value, scale] = [0, 1];
  }
}
