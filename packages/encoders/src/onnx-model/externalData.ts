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

const GRAPH_FIELD = 7;
const EXTERNAL_DATA_KEY = 1;
const EXTERNAL_DATA_VALUE = 2;

/**
 * The name of a file in which an ONNX model says that some of its weights are, or undefined when all are inside. onnxruntime would
 * look for it in the working directory, even for a model given as bytes. Throws an Error when the bytes are no ONNX model or end
 * too early.
 */
export function externalDataOf(model: Uint8Array): string | undefined {
  let hasGraph = false;
  const visit = (bytes: Uint8Array, message: Message): string | undefined => {
    if (message === 'externalData') return locationIn(bytes);
    const submessages: Readonly<Record<number, Message>> = MESSAGES[message];
    for (const [field, content] of fieldsOf(bytes)) {
      if (message === 'model' && field === GRAPH_FIELD) hasGraph = true;
      const location = submessages[field] && visit(content, submessages[field]);
      if (location !== undefined) return location;
    }
    return undefined;
  };
  const location = visit(model, 'model');
  if (!hasGraph) throw new Error('it has no graph');
  return location;
}

/** An entry of a tensor's external data is a key and a value; only the key "location" names a file. */
function locationIn(entry: Uint8Array): string | undefined {
  const fields = new Map(fieldsOf(entry));
  const text = (field: number) => Buffer.from(fields.get(field) ?? []).toString('utf8');
  return text(EXTERNAL_DATA_KEY) === 'location' ? text(EXTERNAL_DATA_VALUE) : undefined;
}

/** The length-delimited fields of a protocol buffer message; numbers are passed over. */
function* fieldsOf(bytes: Uint8Array): Generator<[field: number, content: Uint8Array]> {
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
    if (wireType === 0) varint();
    else {
      const length = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? varint() : Number.NaN;
      const start = position;
      position += length;
      if (!(position <= bytes.length)) throw new Error('it breaks off, or is not in the format of protocol buffers');
      if (wireType === 2) yield [Math.floor(tag / 8), bytes.subarray(start, position)];
    }
  }
}
