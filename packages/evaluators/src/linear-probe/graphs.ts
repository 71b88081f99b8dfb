import { type Graph, type Initializer, modelBytes, type Node, type ValueInfo } from '@refrain/onnx';
import { type HeadShape, parameterCount, parametersOf } from './head.ts';

/** `binary-cross-entropy`: with logits, the mean over rows and classes. `cross-entropy`: of the softmax, the mean over rows. */
export type Loss = 'binary-cross-entropy' | 'cross-entropy';

/** The model that gives `logits` `[n, classes]` for `features` `[n, dim]` and the head's vector `parameters`. */
export function logitsModel(shape: HeadShape): Uint8Array {
  return modelBytes(
    withConstants([...parameterShapes(shape)], {
      inputs: [featuresOf(shape), vectorOf(shape)],
      outputs: [{ name: 'logits', type: 'float32', shape: ['n', shape.classes] }],
      nodes: forward(shape),
    }),
  );
}

/** The model that gives `rowLosses` `[n]` and `logits` `[n, classes]` for `features`, `targets` (0/1, `[n, classes]`) and `parameters`. */
export function lossModel(shape: HeadShape, loss: Loss): Uint8Array {
  return modelBytes(
    withConstants([...parameterShapes(shape), ...LOSS_CONSTANTS], {
      inputs: [featuresOf(shape), { name: 'targets', type: 'float32', shape: ['n', shape.classes] }, vectorOf(shape)],
      outputs: [
        { name: 'rowLosses', type: 'float32', shape: ['n'] },
        { name: 'logits', type: 'float32', shape: ['n', shape.classes] },
      ],
      nodes: [...forward(shape), ...LOSS_NODES[loss]],
    }),
  );
}

/** From `logits` and `targets` of any rank, classes last, to `rowLosses` of one rank less. They read `LOSS_CONSTANTS`. */
export const LOSS_NODES: Readonly<Record<Loss, readonly Node[]>> = {
  // max(z, 0) − z·y + log(1 + exp(−|z|)): no exponential of a positive number, so no logit overflows. Softplus would be one node for
  // most of these, and slower than all of them: onnxruntime takes it number by number.
  'binary-cross-entropy': [
    node('Relu', ['logits'], 'positive part'),
    node('Mul', ['logits', 'targets'], 'logits of targets'),
    node('Sub', ['positive part', 'logits of targets'], 'hinge'),
    node('Abs', ['logits'], 'magnitude'),
    node('Neg', ['magnitude'], 'minus magnitude'),
    node('Exp', ['minus magnitude'], 'small'),
    node('Add', ['small', 'one'], 'one and small'),
    node('Log', ['one and small'], 'correction'),
    node('Add', ['hinge', 'correction'], 'losses'),
    node('ReduceMean', ['losses'], 'rowLosses', { axes: [-1], keepdims: 0 }),
  ],
  'cross-entropy': [
    node('LogSoftmax', ['logits'], 'log probabilities', { axis: -1 }),
    node('Mul', ['targets', 'log probabilities'], 'log probabilities of targets'),
    node('ReduceSum', ['log probabilities of targets', 'classAxis'], 'log likelihoods', { keepdims: 0 }),
    node('Neg', ['log likelihoods'], 'rowLosses'),
  ],
};

/** What `LOSS_NODES` read beside logits and targets. */
export const LOSS_CONSTANTS: readonly Initializer[] = [floats('one', 1), integers('classAxis', [-1])];

/** A node with one output. */
export function node(op: string, inputs: readonly string[], output: string, attributes?: Node['attributes']): Node {
  return { op, inputs, outputs: [output], ...(attributes && { attributes }) };
}

/** A constant scalar of float32. */
export function floats(name: string, value: number): Initializer {
  return { name, shape: [], data: Float32Array.of(value) };
}

/** A constant list of int64. */
export function integers(name: string, values: readonly number[]): Initializer {
  return { name, shape: [values.length], data: BigInt64Array.from(values, BigInt) };
}

/** The graph with those of the constants that its nodes read. */
export function withConstants(constants: readonly Initializer[], graph: Omit<Graph, 'initializers'>): Graph {
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  return { ...graph, initializers: constants.filter(({ name }) => used.has(name)) };
}

function parameterShapes(shape: HeadShape): Initializer[] {
  const parameters = parametersOf(shape);
  return [
    integers(
      'parameterSizes',
      parameters.map(({ size }) => size),
    ),
    ...parameters.map(({ name, shape: lengths }) => integers(`shape of ${name}`, lengths)),
  ];
}

function forward(shape: HeadShape): Node[] {
  const parameters = parametersOf(shape);
  const split: Node = {
    op: 'Split',
    inputs: ['parameters', 'parameterSizes'],
    outputs: parameters.map(({ name }) => `flat ${name}`),
    attributes: { axis: 0 },
  };
  const tensors = parameters.map(({ name }) => node('Reshape', [`flat ${name}`, `shape of ${name}`], name));
  const layers = shape.mlp
    ? [
        node('Gemm', ['features', '0.weight', '0.bias'], 'preactivation', { transB: 1 }),
        node('Relu', ['preactivation'], 'hidden'),
        node('Gemm', ['hidden', '2.weight', '2.bias'], 'logits', { transB: 1 }),
      ]
    : [node('Gemm', ['features', '0.weight', '0.bias'], 'logits', { transB: 1 })];
  return [split, ...tensors, ...layers];
}

function featuresOf({ dim }: HeadShape): ValueInfo {
  return { name: 'features', type: 'float32', shape: ['n', dim] };
}

function vectorOf(shape: HeadShape): ValueInfo {
  return { name: 'parameters', type: 'float32', shape: [parameterCount(shape)] };
}
