import { fieldsOf } from './protobufFields.ts';

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
      if (typeof content === 'number') continue;
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
  const text = (field: number) => {
    const content = fields.get(field);
    return content instanceof Uint8Array ? Buffer.from(content).toString('utf8') : '';
  };
  return text(EXTERNAL_DATA_KEY) === 'location' ? text(EXTERNAL_DATA_VALUE) : undefined;
}
