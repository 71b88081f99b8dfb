import { type Graph, type Initializer, modelBytes, type Node, type ValueInfo } from '@refrain/onnx';
import { type HeadShape, parameterCount, parametersOf } from './head.ts';

/** `binary-cross-entropy`: with logits, the mean over rows and classes. `cross-entropy`: of the softmax, the mean over rows. */
export type Loss = 'binary-cross-entropy' | 'cross-entropy';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** The model that gives `logits` `[n, classes]` for `features` `[n, dim]` and the head's vector `parameters`. */
export function logitsModel(shape: HeadShape): Uint8Array {
  return model(shape, {
    inputs: [featuresOf(shape), vectorOf(shape, 'parameters')],
    outputs: [{ name: 'logits', type: 'float32', shape: ['n', shape.classes] }],
    nodes: forward(shape),
  });
}

/** The model that gives `rowLosses` `[n]` for `features`, `targets` (0/1, `[n, classes]`) and `parameters`. */
export function lossModel(shape: HeadShape, loss: Loss): Uint8Array {
  return model(shape, {
    inputs: [featuresOf(shape), targetsOf(shape), vectorOf(shape, 'parameters')],
    outputs: [{ name: 'rowLosses', type: 'float32', shape: ['n'] }],
    nodes: [...forward(shape), ...LOSS_NODES[loss]],
  });
}

/**
 * The model of one optimiser step: from a batch, the head's `parameters` and Adam's two moments, all vectors in the order of
 * `parametersOf`, to the new ones (`newParameters`, `newMean`, `newSquare`) and the batch's `loss` before the step. Adam as PyTorch
 * has it (Kingma & Ba 2015, algorithm 1, with weight decay added to the gradient): `adamScalars` gives the three numbers that change.
 */
export function stepModel(shape: HeadShape, loss: Loss): Uint8Array {
  const scalars = ['stepSize', 'squareCorrection', 'weightDecay'];
  return model(shape, {
    inputs: [
      featuresOf(shape),
      targetsOf(shape),
      ...['parameters', 'mean', 'square'].map((name) => vectorOf(shape, name)),
      ...scalars.map((name): ValueInfo => ({ name, type: 'float32', shape: [1] })),
    ],
    outputs: [
      ...['newParameters', 'newMean', 'newSquare'].map((name) => vectorOf(shape, name)),
      { name: 'loss', type: 'float32', shape: [] },
    ],
    nodes: [
      ...forward(shape),
      ...LOSS_NODES[loss],
      node('ReduceMean', ['rowLosses'], 'loss', { keepdims: 0 }),
      ...LOSS_GRADIENT_NODES[loss],
      ...backward(shape),
      ...ADAM_NODES,
    ],
  });
}

/** What `stepModel` wants for step t = 1, 2, …: the learning rate over the first moment's bias correction, and the root of the second's. */
export function adamScalars(t: number, learningRate: number): { stepSize: number; squareCorrection: number } {
  return { stepSize: learningRate / (1 - BETA_1 ** t), squareCorrection: Math.sqrt(1 - BETA_2 ** t) };
}

function model(shape: HeadShape, graph: Omit<Graph, 'initializers'>): Uint8Array {
  const used = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
  return modelBytes({ ...graph, initializers: constants(shape).filter(({ name }) => used.has(name)) });
}

function constants(shape: HeadShape): Initializer[] {
  const parameters = parametersOf(shape);
  const float = (name: string, value: number) => ({ name, shape: [1], data: Float32Array.of(value) });
  const integers = (name: string, values: readonly number[]) => ({
    name,
    shape: [values.length],
    data: BigInt64Array.from(values, BigInt),
  });
  return [
    float('zero', 0),
    float('one', 1),
    float('beta1', BETA_1),
    float('beta2', BETA_2),
    float('1-beta1', 1 - BETA_1),
    float('1-beta2', 1 - BETA_2),
    float('epsilon', EPSILON),
    integers('rows', [0]),
    integers('flat', [-1]),
    integers('classAxis', [1]),
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

const LOSS_NODES: Readonly<Record<Loss, readonly Node[]>> = {
  // max(z, 0) − z·y + log(1 + exp(−|z|)): no exponential of a positive number, so no logit overflows.
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
    node('ReduceMean', ['losses'], 'rowLosses', { axes: [1], keepdims: 0 }),
  ],
  'cross-entropy': [
    node('LogSoftmax', ['logits'], 'log probabilities', { axis: 1 }),
    node('Mul', ['targets', 'log probabilities'], 'log probabilities of targets'),
    node('ReduceSum', ['log probabilities of targets', 'classAxis'], 'log likelihoods', { keepdims: 0 }),
    node('Neg', ['log likelihoods'], 'rowLosses'),
  ],
};

// The gradient by the logits: (probability − target) over the number of things the loss is a mean of.
const LOSS_GRADIENT_NODES: Readonly<Record<Loss, readonly Node[]>> = {
  'binary-cross-entropy': [
    node('Sigmoid', ['logits'], 'probabilities'),
    node('Size', ['targets'], 'integer count'),
    ...meanGradient(),
  ],
  'cross-entropy': [
    node('Exp', ['log probabilities'], 'probabilities'),
    node('Size', ['rowLosses'], 'integer count'),
    ...meanGradient(),
  ],
};

function meanGradient(): Node[] {
  const FLOAT32 = 1;
  return [
    node('Cast', ['integer count'], 'count', { to: FLOAT32 }),
    node('Sub', ['probabilities', 'targets'], 'errors'),
    node('Div', ['errors', 'count'], 'gradient of logits'),
  ];
}

function backward(shape: HeadShape): Node[] {
  const layer = (index: number, input: string, output: string) => [
    node('Gemm', [`gradient of ${output}`, input], `gradient of ${index}.weight`, { transA: 1 }),
    node('ReduceSum', [`gradient of ${output}`, 'rows'], `gradient of ${index}.bias`, { keepdims: 0 }),
  ];
  const layers = shape.mlp
    ? [
        ...layer(2, 'hidden', 'logits'),
        node('MatMul', ['gradient of logits', '2.weight'], 'gradient of hidden'),
        node('Greater', ['hidden', 'zero'], 'active'),
        node('Where', ['active', 'gradient of hidden', 'zero'], 'gradient of preactivation'),
        ...layer(0, 'features', 'preactivation'),
      ]
    : layer(0, 'features', 'logits');
  const names = parametersOf(shape).map(({ name }) => name);
  return [
    ...layers,
    ...names.map((name) => node('Reshape', [`gradient of ${name}`, 'flat'], `flat gradient of ${name}`)),
    node(
      'Concat',
      names.map((name) => `flat gradient of ${name}`),
      'gradient of loss',
      { axis: 0 },
    ),
  ];
}

const ADAM_NODES: readonly Node[] = [
  node('Mul', ['parameters', 'weightDecay'], 'decay'),
  node('Add', ['gradient of loss', 'decay'], 'gradient'),
  node('Mul', ['mean', 'beta1'], 'old mean'),
  node('Mul', ['gradient', '1-beta1'], 'added mean'),
  node('Add', ['old mean', 'added mean'], 'newMean'),
  node('Mul', ['gradient', 'gradient'], 'squared gradient'),
  node('Mul', ['square', 'beta2'], 'old square'),
  node('Mul', ['squared gradient', '1-beta2'], 'added square'),
  node('Add', ['old square', 'added square'], 'newSquare'),
  node('Sqrt', ['newSquare'], 'root'),
  node('Div', ['root', 'squareCorrection'], 'corrected root'),
  node('Add', ['corrected root', 'epsilon'], 'denominator'),
  node('Div', ['newMean', 'denominator'], 'direction'),
  node('Mul', ['direction', 'stepSize'], 'change'),
  node('Sub', ['parameters', 'change'], 'newParameters'),
];

function node(op: string, inputs: readonly string[], output: string, attributes?: Node['attributes']): Node {
  return { op, inputs, outputs: [output], ...(attributes && { attributes }) };
}

function featuresOf({ dim }: HeadShape): ValueInfo {
  return { name: 'features', type: 'float32', shape: ['n', dim] };
}

function targetsOf({ classes }: HeadShape): ValueInfo {
  return { name: 'targets', type: 'float32', shape: ['n', classes] };
}

function vectorOf(shape: HeadShape, name: string): ValueInfo {
  return { name, type: 'float32', shape: [parameterCount(shape)] };
}
