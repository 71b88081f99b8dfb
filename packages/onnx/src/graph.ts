/** The element types our graphs use, with their numbers in ONNX's TensorProto.DataType. */
const ELEMENT_TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9, float64: 11 } as const;

/** An element type by its name. */
export type ElementType = keyof typeof ELEMENT_TYPES;

/** A size, or a name for a size that is known when the graph runs. */
export type Dimension = number | string;

/** An input or output of a graph. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** A constant inside the graph. */
export interface Initializer {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array | Int32Array | Int8Array | Uint8Array;
}

/**
 * Whole numbers become int attributes, `{ float }` float ones, lists of whole numbers int lists, text string ones, and `{ graph }` the
 * body of an operator that runs it again and again, such as Scan. A body may read the values of the graph around it.
 */
export type Attribute = number | { readonly float: number } | { readonly graph: Graph } | readonly number[] | string;

/** An operator of a graph with what goes in and comes out. */
export interface Node {
  readonly op: string;
  /** Names of values; an empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** An ONNX graph of the default operator set. Nodes stand in an order in which each finds its inputs made. */
export interface Graph {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  readonly initializers?: readonly Initializer[];
}

// Operator set 17 and IR version 8 go together and are old enough for every execution provider.
const OPSET = 17;
const IR_VERSION = 8;

/** The bytes of an ONNX model with this graph (onnx/onnx.proto3 has the field numbers). */
export function modelBytes(graph: Graph): Uint8Array {
  const opset = new ProtobufWriter().bytes(1, '').integer(2, OPSET);
  return new ProtobufWriter().integer(1, IR_VERSION).bytes(7, graphProto(graph)).bytes(8, opset).finish();
}

function graphProto(graph: Graph): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const node of graph.nodes) proto.bytes(1, nodeProto(node));
  proto.bytes(2, 'refrain');
  for (const initializer of graph.initializers ?? []) proto.bytes(5, tensorProto(initializer));
  for (const input of graph.inputs) proto.bytes(11, valueProto(input));
  for (const output of graph.outputs) proto.bytes(12, valueProto(output));
  return proto;
}

function nodeProto({ op, inputs, outputs, attributes = {} }: Node): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const input of inputs) proto.bytes(1, input);
  for (const output of outputs) proto.bytes(2, output);
  proto.bytes(4, op);
  for (const [name, value] of Object.entries(attributes)) proto.bytes(5, attributeProto(name, value));
  return proto;
}

function attributeProto(name: string, value: Attribute): ProtobufWriter {
  const proto = new ProtobufWriter().bytes(1, name);
  if (typeof value === 'number') return proto.integer(3, value).integer(20, 2);
  if (typeof value === 'string') return proto.bytes(4, value).integer(20, 3);
  if ('float' in value) return proto.float(2, value.float).integer(20, 1);
  if ('graph' in value) return proto.bytes(6, graphProto(value.graph)).integer(20, 5);
  for (const item of value) proto.integer(8, item);
  return proto.integer(20, 7);
}

function tensorProto({ name, shape, data }: Initializer): ProtobufWriter {
  const proto = new ProtobufWriter();
  for (const size of shape) proto.integer(1, size);
  return proto
    .integer(2, ELEMENT_TYPES[elementTypeOf(data)])
    .bytes(8, name)
    .bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function elementTypeOf(data: Initializer['data']): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int32Array) return 'int32';
  return data instanceof Int8Array ? 'int8' : 'uint8';
}

function valueProto({ name, type, shape }: ValueInfo): ProtobufWriter {
  const dimensions = new ProtobufWriter();
  for (const size of shape) {
    dimensions.bytes(
      1,
      typeof size === 'number' ? new ProtobufWriter().integer(1, size) : new ProtobufWriter().bytes(2, size),
    );
  }
  const tensor = new ProtobufWriter().integer(1, ELEMENT_TYPES[type]).bytes(2, dimensions);
  return new ProtobufWriter().bytes(1, name).bytes(2, new ProtobufWriter().bytes(1, tensor));
}

/** Writes the protocol buffer wire format (protobuf.dev/programming-guides/encoding): just what an ONNX model needs. */
class ProtobufWriter {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** An integer field (wire type 0); negative numbers take ten bytes, as int64 does. */
  integer(field: number, value: number | bigint): this {
    return this.#push([varint(BigInt(field) << 3n), varint(BigInt(value))]);
  }

  /** A float field (wire type 5). */
  float(field: number, value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeFloatLE(value);
    return this.#push([varint(BigInt((field << 3) | 5)), bytes]);
  }

  /** A text, bytes or nested message field (wire type 2). A message that is nested must be whole. */
  bytes(field: number, value: string | Uint8Array | ProtobufWriter): this {
    const chunks =
      value instanceof ProtobufWriter ? value.#chunks : [typeof value === 'string' ? Buffer.from(value) : value];
    const length = value instanceof ProtobufWriter ? value.#length : chunks[0]!.length;
    return this.#push([varint(BigInt((field << 3) | 2)), varint(BigInt(length))]).#push(chunks);
  }

  finish(): Uint8Array {
    const bytes = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  #push(chunks: readonly Uint8Array[]): this {
    for (const chunk of chunks) {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
    }
    return this;
  }
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}
