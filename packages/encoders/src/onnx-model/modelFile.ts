import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError, messageOf } from '@refrain/core';

/** The bytes of a model file and their SHA-256 in hexadecimal. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/**
 * An ONNX model's file, looked through: it is whole, and all its weights are in it. Throws a ConfigError that names the file when it
 * is missing, no ONNX model, cut, or keeps weights in other files.
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : messageOf(cause);
    throw wrongFile(`Cannot read the model ${path}: ${why}.`, cause);
  });
  const kind = otherKind(bytes);
  if (kind !== undefined) throw wrongFile(`${path} is no ONNX model but ${kind}.`);
  let location: string | undefined;
  try {
    location = externalDataOf(bytes);
  } catch (cause) {
    throw wrongFile(`${path} is no ONNX model, or a part of one: ${messageOf(cause)}.`, cause);
  }
  if (location !== undefined) {
    throw wrongFile(
      `${path} keeps weights in another file ("${location}"), which is not read: it could be any file of this machine. ` +
        'Save the model as one file, in Python: onnx.save(onnx.load(path), path, save_as_external_data=False).',
    );
  }
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A ConfigError about the model file. */
export function wrongFile(message: string, cause?: unknown): ConfigError {
  return new ConfigError('encoder.checkpointPath', message, { cause });
}

const EXPORT_IT =
  'the encoder clmr reads CLMR\'s; another has to be exported first, in Python: torch.onnx.export(model, example, "model.onnx")';

/** What a file is that people give in place of an ONNX model, by its first bytes. */
function otherKind(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  if (start === '') return 'an empty file';
  if (start.startsWith('PK\x03\x04')) return `a zip archive; if that is a PyTorch checkpoint, ${EXPORT_IT}`;
  if (start.startsWith('\x80') && bytes[1]! >= 2 && bytes[1]! <= 5)
    return `a Python pickle; if that is a PyTorch checkpoint, ${EXPORT_IT}`;
  if (start.startsWith('\x89HDF')) return 'an HDF5 file; convert the model first, e.g. with tf2onnx';
  if (start.startsWith('version https://git-lfs')) return 'a pointer of Git LFS; fetch the model with "git lfs pull"';
  if (/^.{8}\{"/s.test(start))
    return "a safetensors file, which has weights but no graph; the encoder clmr reads CLMR's, another model has to be exported to ONNX";
  return undefined;
}

/** The fields of the messages that lead to tensors, as onnx/onnx.proto3 numbers them. */
const MESSAGES = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparseTensor' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparseTensor', 23: 'sparseTensor' },
  sparseTensor: { 1: 'tensor', 2: 'tensor' },
  tensor: { 13: 'externalData' },
  externalData: {},
} as const satisfies Record<string, Record<number, string>>;

type Message = keyof typeof MESSAGES;

// Other fields, as it numbers them.
const GRAPH = 7;
const NODE = 1;
const NODE_TYPE = 4;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_NAME = 1;
const ATTRIBUTE_INTEGERS = 8;
const EXTERNAL_DATA_KEY = 1;
const EXTERNAL_DATA_VALUE = 2;

/**
 * The name of a file in which an ONNX model says that some of its weights are, or undefined when all are inside. onnxruntime would
 * look for it in the working directory, even for a model given as bytes. Throws an Error when the bytes are no ONNX model or end
 * too early.
 */
function externalDataOf(model: Uint8Array): string | undefined {
  let hasGraph = false;
  const visit = (bytes: Uint8Array, message: Message): string | undefined => {
    // An entry is a key and a value; only the key "location" names a file.
    if (message === 'externalData')
      return textIn(bytes, EXTERNAL_DATA_KEY) === 'location' ? (textIn(bytes, EXTERNAL_DATA_VALUE) ?? '') : undefined;
    const submessages: Readonly<Record<number, Message>> = MESSAGES[message];
    for (const [field, content] of fieldsOf(bytes)) {
      if (typeof content === 'number') continue;
      if (message === 'model' && field === GRAPH) hasGraph = true;
      const location = submessages[field] && visit(content, submessages[field]);
      if (location !== undefined) return location;
    }
    return undefined;
  };
  const location = visit(model, 'model');
  if (!hasGraph) throw new Error('it has no graph');
  return location;
}

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

/** A text; of several the last, as readers of the format take it. */
function textIn(message: Uint8Array, wanted: number): string | undefined {
  const last = [...messagesIn(message, wanted)].at(-1);
  return last && Buffer.from(last).toString('utf8');
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

/**
 * The fields of a protocol buffer message in order: integers as numbers, whatever has a length as its bytes; fixed-size numbers are passed over.
 * Throws an Error where the bytes end too early.
 */
function* fieldsOf(bytes: Uint8Array): Generator<[field: number, content: Uint8Array | number]> {
  let position = 0;
  const varint = () => {
    for (let value = 0, scale = 1; scale < 2 ** 70 && position < bytes.length; scale *= 128) {
      const byte = bytes[position++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new Error('it breaks off, or is not in the format of protocol buffers');
  };
  while (position < bytes.length) {
    const tag = varint();
    const wireType = tag % 8;
    if (wireType === 0) yield [Math.floor(tag / 8), varint()];
    else {
      const length = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? varint() : Number.NaN;
      const start = position;
      position += length;
      if (!(position <= bytes.length)) throw new Error('it breaks off, or is not in the format of protocol buffers');
      if (wireType === 2) yield [Math.floor(tag / 8), bytes.subarray(start, position)];
    }
  }
}
