import { type Graph, type Initializer, modelBytes, type Node, type ValueInfo } from '@refrain/onnx';
import { type HeadShape, parametersOf } from './head.ts';

/** `binary-cross-entropy`: with logits, the mean over rows and classes. `cross-entropy`: of the softmax, the mean over rows. */
export type Loss = 'binary-cross-entropy' | 'cross-entropy';

/** The model that gives `logits` `[n, classes]` for `features` `[n, dim]` and the head's tensors by their names. */
export function logitsModel(shape: HeadShape): Uint8Array {
  return modelBytes({ inputs: inputsOf(shape), outputs: [logitsOf(shape)], nodes: forward(shape) });
}

/** The model that gives `rowLosses` `[n]` and `logits` `[n, classes]` for `features`, `targets` (0/1, `[n, classes]`) and the head's tensors. */
export function lossModel(shape: HeadShape, loss: Loss): Uint8Array {
  return modelBytes(
    withConstants(LOSS_CONSTANTS, {
      inputs: [...inputsOf(shape), { name: 'targets', type: 'float32', shape: ['n', shape.classes] }],
      outputs: [{ name: 'rowLosses', type: 'float32', shape: ['n'] }, logitsOf(shape)],
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

function forward({ mlp }: HeadShape): Node[] {
  if (!mlp) return [node('Gemm', ['features', '0.weight', '0.bias'], 'logits', { transB: 1 })];
  return [
    node('Gemm', ['features', '0.weight', '0.bias'], 'preactivation', { transB: 1 }),
    node('Relu', ['preactivation'], 'hidden'),
    node('Gemm', ['hidden', '2.weight', '2.bias'], 'logits', { transB: 1 }),
  ];
}

function inputsOf(shape: HeadShape): ValueInfo[] {
  const parameters = parametersOf(shape).map(({ name, shape: lengths }) => ({ name, lengths }));
  return [{ name: 'features', lengths: ['n', shape.dim] }, ...parameters].map(({ name, lengths }) => ({
    name,
    type: 'float32',
    shape: lengths,
  }));
}

function logitsOf({ classes }: HeadShape): ValueInfo {
  return { name: 'logits', type: 'float32', shape: ['n', classes] };
}
