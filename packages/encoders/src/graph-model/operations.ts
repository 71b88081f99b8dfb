import type { GraphAttribute, GraphNode } from '@refrain/checkpoints';
import { quoted, type RefrainError } from '@refrain/core';
import type { GraphWriter } from './graphWriter.ts';

/** What the translation of an operation works with. Tensors keep TensorFlow's order of axes: batch, height, width, channels. */
export interface Operation {
  readonly node: GraphNode;
  /** ONNX values of what it takes, in its order. */
  readonly inputs: readonly string[];
  readonly writer: GraphWriter;
  /** The whole numbers that input `at` always is. Throws a DataError where they are computed. */
  integers(at: number): Promise<readonly number[]>;
  /** The numbers that input `at` always is, and their shape. Throws a DataError where they are computed. */
  floats(at: number): Promise<{ readonly data: Float32Array; readonly shape: readonly number[] }>;
  /** The error for what this node asks for and cannot be had. */
  refuse(why: string): RefrainError;
}

type Translate = (operation: Operation) => string | Promise<string>;

const LAST = Number.MAX_SAFE_INTEGER;

/** An operation that ONNX has under a name of its own, over all inputs. */
const direct =
  (op: string): Translate =>
  ({ writer, inputs }) =>
    writer.add(op, inputs);

/** A reduction over axes that are constant; `axesAsInput` as ONNX has it for this one. */
const reduction =
  (op: string, axesAsInput: boolean): Translate =>
  async ({ writer, inputs, node, integers }) => {
    const axes = await integers(1);
    const keepdims = node.attributes.get('keep_dims') === true ? 1 : 0;
    return axesAsInput
      ? writer.add(op, [inputs[0]!, writer.integers(axes)], { keepdims })
      : writer.add(op, [inputs[0]!], { axes, keepdims });
  };

/** The operations that can be translated, by TensorFlow's names (tensorflow/core/ops, ops.pbtxt), with how many inputs each takes at least. */
const OPERATIONS: Readonly<Record<string, readonly [number, Translate]>> = {
  Identity: [1, ({ inputs }) => inputs[0]!],
  Add: [2, direct('Add')],
  AddV2: [2, direct('Add')],
  Sub: [2, direct('Sub')],
  Mul: [2, direct('Mul')],
  Neg: [1, direct('Neg')],
  Sqrt: [1, direct('Sqrt')],
  Log: [1, direct('Log')],
  Sigmoid: [1, direct('Sigmoid')],
  Relu: [1, direct('Relu')],
  Shape: [1, direct('Shape')],
  Square: [1, ({ writer, inputs: [x] }) => writer.add('Mul', [x!, x!])],
  Sum: [2, reduction('ReduceSum', true)],
  Min: [2, reduction('ReduceMin', false)],
  Max: [2, reduction('ReduceMax', false)],
  DivNoNan: [2, divideOrZero],
  Reshape: [2, ({ writer, inputs }) => writer.add('Reshape', inputs, { allowzero: 1 })],
  Transpose: [
    2,
    async ({ writer, inputs, integers }) => writer.add('Transpose', [inputs[0]!], { perm: await integers(1) }),
  ],
  ExpandDims: [
    2,
    async ({ writer, inputs, integers }) =>
      writer.add('Unsqueeze', [inputs[0]!, writer.integers([...(await integers(1))])]),
  ],
  Squeeze: [1, squeeze],
  Pack: [1, pack],
  ConcatV2: [2, concatenate],
  Pad: [2, async (operation) => pad(operation, 'constant')],
  MirrorPad: [2, mirrorPad],
  StridedSlice: [4, stridedSlice],
  Conv2D: [2, convolution],
  _FusedConv2D: [3, fusedConvolution],
};

function divideOrZero({ writer, inputs: [x, y] }: Operation): string {
  const zero = writer.number(0);
  return writer.add('Where', [writer.add('Equal', [y!, zero]), zero, writer.add('Div', [x!, y!])]);
}

function squeeze({ writer, inputs, node }: Operation): string {
  const axes = integersOf(node.attributes.get('squeeze_dims'));
  return writer.add('Squeeze', axes.length === 0 ? inputs : [inputs[0]!, writer.integers(axes)]);
}

function pack({ writer, inputs, node }: Operation): string {
  const axis = Number(node.attributes.get('axis') ?? 0);
  const rows = inputs.map((input) => writer.add('Unsqueeze', [input, writer.integers([axis])]));
  return writer.add('Concat', rows, { axis });
}

async function concatenate({ writer, inputs, integers }: Operation): Promise<string> {
  const [axis] = await integers(inputs.length - 1);
  return writer.add('Concat', inputs.slice(0, -1), { axis: axis! });
}

async function pad({ writer, inputs, integers }: Operation, mode: string): Promise<string> {
  // Pairs of before and after, of axis after axis; ONNX wants all before, then all after.
  const paddings = await integers(1);
  const pads = [0, 1].flatMap((side) => paddings.filter((_, i) => i % 2 === side));
  return writer.add('Pad', [inputs[0]!, writer.integers(pads)], { mode });
}

async function mirrorPad(operation: Operation): Promise<string> {
  const mode = operation.node.attributes.get('mode');
  if (mode !== 'REFLECT') throw operation.refuse(`has the mode ${quoted(String(mode))}; REFLECT can be translated`);
  return pad(operation, 'reflect');
}

/** Python's x[begin:end:stride, …], with new and dropped axes; bit i of a mask is for place i of the three lists. */
async function stridedSlice({ writer, inputs, node, integers, refuse }: Operation): Promise<string> {
  const mask = (name: string) => Number(node.attributes.get(`${name}_mask`) ?? 0);
  if (mask('ellipsis') !== 0) throw refuse('has an ellipsis, which cannot be translated');
  const [begin, end, strides] = [await integers(1), await integers(2), await integers(3)];
  const has = (name: string, i: number) => (mask(name) & (1 << i)) !== 0;
  const places = [...begin.keys()];
  const axisOf = (place: number) => place - places.slice(0, place).filter((i) => has('new_axis', i)).length;
  const cut = places.filter((i) => !has('new_axis', i));
  const starts = cut.map((i) => (has('begin', i) && !has('shrink_axis', i) ? (strides[i]! > 0 ? 0 : LAST) : begin[i]!));
  const ends = cut.map((i) => {
    if (has('shrink_axis', i)) return begin[i] === -1 ? LAST : begin[i]! + 1;
    return has('end', i) ? (strides[i]! > 0 ? LAST : -LAST) : end[i]!;
  });
  const lists = [starts, ends, cut.map(axisOf), cut.map((i) => strides[i]!)];
  const isWhole = cut.every((_, i) => starts[i] === 0 && ends[i] === LAST && lists[3]![i] === 1);
  const sliced = isWhole
    ? inputs[0]!
    : writer.add('Slice', [inputs[0]!, ...lists.map((list) => writer.integers(list))]);
  const dropped = cut.filter((i) => has('shrink_axis', i)).map(axisOf);
  const squeezed = dropped.length === 0 ? sliced : writer.add('Squeeze', [sliced, writer.integers(dropped)]);
  const added = places
    .filter((i) => has('new_axis', i))
    .map((i) => i - places.slice(0, i).filter((j) => has('shrink_axis', j)).length);
  return added.length === 0 ? squeezed : writer.add('Unsqueeze', [squeezed, writer.integers(added)]);
}

async function convolution(operation: Operation, bias?: string): Promise<string> {
  const { writer, inputs, node, floats, refuse } = operation;
  const text = (name: string, usual: string) => String(node.attributes.get(name) ?? usual);
  const [format, padding] = [text('data_format', 'NHWC'), text('padding', '')];
  if (format !== 'NHWC') throw refuse(`has the data_format ${quoted(format)}; NHWC can be translated`);
  if (padding !== 'SAME' && padding !== 'VALID')
    throw refuse(`has the padding ${quoted(padding)}; SAME and VALID can be translated`);
  const { data, shape } = await floats(1);
  if (shape.length !== 4) throw refuse(`has a kernel of ${shape.length} dimensions; expected 4`);
  const [height, width, taken, given] = shape as readonly [number, number, number, number];
  const weight = new Float32Array(data.length);
  for (let i = 0; i < height * width; i++)
    for (let c = 0; c < taken; c++)
      for (let o = 0; o < given; o++) weight[(o * taken + c) * height * width + i] = data[(i * taken + c) * given + o]!;
  const spatial = (name: string) => integersOf(node.attributes.get(name) ?? [1, 1, 1, 1]).slice(1, 3);
  const planes = writer.add('Transpose', [inputs[0]!], { perm: [0, 3, 1, 2] });
  const parameters = [writer.constant(weight, [given, taken, height, width]), ...(bias === undefined ? [] : [bias])];
  const result = writer.add('Conv', [planes, ...parameters], {
    auto_pad: padding === 'SAME' ? 'SAME_UPPER' : 'VALID',
    strides: spatial('strides'),
    dilations: spatial('dilations'),
  });
  return writer.add('Transpose', [result], { perm: [0, 2, 3, 1] });
}

async function fusedConvolution(operation: Operation): Promise<string> {
  const fused = operation.node.attributes.get('fused_ops');
  const [first, activation, ...rest] = Array.isArray(fused) ? (fused as readonly unknown[]) : [];
  const isKnown = first === 'BiasAdd' && (activation === undefined || activation === 'Relu') && rest.length === 0;
  if (!isKnown) throw operation.refuse(`is fused with ${quoted(String(fused))}; BiasAdd and Relu can be translated`);
  const result = await convolution(operation, operation.inputs[2]);
  return activation === undefined ? result : operation.writer.add('Relu', [result]);
}

function integersOf(attribute: GraphAttribute | undefined): number[] {
  return Array.isArray(attribute) ? attribute.map(Number) : [];
}

/** The ONNX value of an operation. Throws a DataError that names it where it, or what it asks for, cannot be translated. */
export async function translateOperation(operation: Operation): Promise<string> {
  const { node, inputs, refuse } = operation;
  const known = Object.hasOwn(OPERATIONS, node.op) ? OPERATIONS[node.op] : undefined;
  if (known === undefined)
    throw refuse(`cannot be translated; these can: Const, Placeholder, ${Object.keys(OPERATIONS).join(', ')}`);
  const [least, translate] = known;
  if (inputs.length < least) throw refuse(`takes ${inputs.length} values; expected ${least} at least`);
  return translate(operation);
}
