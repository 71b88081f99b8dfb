import { modelBytes, type Node, type ValueInfo } from '@refrain/onnx';
import { floats, integers, LOSS_CONSTANTS, LOSS_NODES, type Loss, node, withConstants } from './graphs.ts';
import { type HeadShape, type Layer, layersOf } from './head.ts';

const BETA_1 = 0.9;
const BETA_2 = 0.999;
const EPSILON = 1e-8;

/** What of a layer changes with every step: its matrix, and the sums over which Adam's two moments are means. */
export const STATE = ['parameters', 'gradients', 'squares'] as const;

/** The name that `stepsModel` has for a part of a layer's state. */
export function stateName(part: (typeof STATE)[number], { name }: Layer): string {
  return `${part} of ${name}`;
}

/** How `stepsModel` steps. */
export interface StepGraphOptions {
  /** Times each number of the head, added to its gradient. */
  readonly weightDecay: number;
  /** Whether the hidden layer is multiplied by `masks`; only a head with one can be. */
  readonly masked: boolean;
}

/**
 * The model of many optimiser steps, one after another inside onnxruntime: a Scan over batches of `n` rows. In comes, for each step,
 * `features` `[steps, n, cols]` with a one in column `dim` and zeros after it, `targets` `[steps, n, classes]`, where asked for the `masks` of
 * dropout `[steps, n, hidden]`, by which the hidden layer is multiplied after its ReLU, and the numbers of `adamScalars` (`[steps]` each);
 * and `perTerm`, one over the number of things that a batch's loss is a mean of. The state of every layer (`stateName`;
 * matrices as in `layersOf`) goes in and comes out with `new ` before its name, and with it `batchLosses` `[steps]`, each before its step.
 *
 * Adam is PyTorch's (Kingma & Ba 2015, algorithm 1, with weight decay added to the gradient). It costs as much as the products, because
 * each of its operations passes through all parameters; so constant factors of the moments are left to `adamScalars`, and the decay is
 * added by the product itself.
 */
export function stepsModel(shape: HeadShape, loss: Loss, options: StepGraphOptions): Uint8Array {
  const layers = layersOf(shape);
  const state = layers.flatMap((layer) => STATE.map((part) => stateOf(part, layer)));
  const sequences = [
    tensor('features', ['steps', 'n', layers[0]!.cols]),
    tensor('targets', ['steps', 'n', shape.classes]),
    ...(options.masked ? [tensor('masks', ['steps', 'n', layers[0]!.rows])] : []),
    ...SCALARS.map((name) => tensor(name, ['steps'])),
  ];
  const scan: Node = {
    op: 'Scan',
    inputs: [...state, ...sequences].map(({ name }) => name),
    outputs: [...state.map(({ name }) => `new ${name}`), 'logits'],
    attributes: { num_scan_inputs: sequences.length, body: { graph: stepGraph(shape, loss, options) } },
  };
  return modelBytes(
    withConstants(LOSS_CONSTANTS, {
      inputs: [...state, ...sequences, tensor('perTerm', [])],
      outputs: [...state.map((value) => ({ ...value, name: `new ${value.name}` })), tensor('batchLosses', ['steps'])],
      // The losses come last and all at once: small nodes cost less in one piece than step by step.
      nodes: [scan, ...LOSS_NODES[loss], node('ReduceMean', ['rowLosses'], 'batchLosses', { axes: [-1], keepdims: 0 })],
    }),
  );
}

/** The scalars of each step that depend on its number, as `stepsModel` names them. */
const SCALARS = ['rootFactor', 'rootOffset'] as const;

/**
 * The numbers by which step t = 1, 2, … subtracts `gradients / (√squares · rootFactor + rootOffset)`. That is Adam's step
 * lr · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε) for m = (1 − β₁) · gradients and v = (1 − β₂) · squares.
 */
export function adamScalars(t: number, learningRate: number): { rootFactor: number; rootOffset: number } {
  const stepSize = (learningRate * (1 - BETA_1)) / (1 - BETA_1 ** t);
  return {
    rootFactor: Math.sqrt((1 - BETA_2) / (1 - BETA_2 ** t)) / stepSize,
    rootOffset: EPSILON / stepSize,
  };
}

/** One step: the body of the Scan, on one batch. `perTerm` is the outer graph's. */
function stepGraph(shape: HeadShape, loss: Loss, { weightDecay, masked }: StepGraphOptions) {
  const layers = layersOf(shape);
  const state = layers.flatMap((layer) => STATE.map((part) => stateOf(part, layer)));
  const constants = [
    floats('beta1', BETA_1),
    floats('beta2', BETA_2),
    floats('zero', 0),
    integers('first', [0]),
    integers('width', [shape.dim]),
    integers('hidden width', [layers.at(-1)!.inputs]),
    integers('end', [layers[0]!.cols]),
    integers('columns', [1]),
  ];
  return withConstants(constants, {
    inputs: [
      ...state,
      tensor('batch', ['n', layers[0]!.cols]),
      tensor('batch targets', ['n', shape.classes]),
      ...(masked ? [tensor('batch masks', ['n', layers[0]!.rows])] : []),
      ...SCALARS.map((name) => tensor(`step's ${name}`, [])),
    ],
    outputs: [
      ...state.map((value) => ({ ...value, name: `next ${value.name}` })),
      tensor('batch logits', ['n', shape.classes]),
    ],
    nodes: [
      ...(shape.mlp ? hiddenNodes(masked) : []),
      node('Gemm', [lastInput(shape), stateName('parameters', layers.at(-1)!)], 'batch logits', { transB: 1 }),
      loss === 'binary-cross-entropy'
        ? node('Sigmoid', ['batch logits'], 'probabilities')
        : node('Softmax', ['batch logits'], 'probabilities', { axis: -1 }),
      node('Sub', ['probabilities', 'batch targets'], 'errors'),
      node('Mul', ['errors', 'perTerm'], 'gradient of logits'),
      ...(shape.mlp ? hiddenGradientNodes(masked) : []),
      ...layers.flatMap((layer) => [gradientNode(shape, layer, weightDecay), ...adamNodes(layer)]),
    ],
  });
}

function lastInput({ mlp }: HeadShape): string {
  return mlp ? 'hidden and after' : 'batch';
}

function hiddenNodes(masked: boolean): Node[] {
  return [
    node('Gemm', ['batch', 'parameters of 0'], 'preactivation', { transB: 1 }),
    node('Relu', ['preactivation'], 'hidden'),
    ...(masked ? [node('Mul', ['hidden', 'batch masks'], 'masked hidden')] : []),
    node('Slice', ['batch', 'width', 'end', 'columns'], 'after features'),
    node('Concat', [masked ? 'masked hidden' : 'hidden', 'after features'], 'hidden and after', { axis: 1 }),
  ];
}

function hiddenGradientNodes(masked: boolean): Node[] {
  const gradient = masked ? 'gradient of masked hidden' : 'gradient of hidden';
  return [
    node('Slice', ['parameters of 2', 'first', 'hidden width', 'columns'], '2.weight'),
    node('MatMul', ['gradient of logits', '2.weight'], gradient),
    ...(masked ? [node('Mul', [gradient, 'batch masks'], 'gradient of hidden')] : []),
    node('Greater', ['hidden', 'zero'], 'active'),
    node('Where', ['active', 'gradient of hidden', 'zero'], 'gradient of preactivation'),
  ];
}

function gradientNode(shape: HeadShape, layer: Layer, weightDecay: number): Node {
  const isLast = layer.name === layersOf(shape).at(-1)!.name;
  const output = isLast ? 'gradient of logits' : 'gradient of preactivation';
  const input = isLast ? lastInput(shape) : 'batch';
  return node('Gemm', [output, input, stateName('parameters', layer)], `gradient of ${layer.name}`, {
    transA: 1,
    beta: { float: weightDecay },
  });
}

function adamNodes(layer: Layer): Node[] {
  const own = (name: string) => `${name} of ${layer.name}`;
  const next = (part: (typeof STATE)[number]) => `next ${stateName(part, layer)}`;
  return [
    node('Mul', [stateName('gradients', layer), 'beta1'], own('old gradients')),
    node('Add', [own('old gradients'), own('gradient')], next('gradients')),
    node('Mul', [own('gradient'), own('gradient')], own('square')),
    node('Mul', [stateName('squares', layer), 'beta2'], own('old squares')),
    node('Add', [own('old squares'), own('square')], next('squares')),
    node('Sqrt', [next('squares')], own('root')),
    node('Mul', [own('root'), "step's rootFactor"], own('scaled root')),
    node('Add', [own('scaled root'), "step's rootOffset"], own('denominator')),
    node('Div', [next('gradients'), own('denominator')], own('change')),
    node('Sub', [stateName('parameters', layer), own('change')], next('parameters')),
  ];
}

function stateOf(part: (typeof STATE)[number], layer: Layer): ValueInfo {
  return tensor(stateName(part, layer), [layer.rows, layer.cols]);
}

function tensor(name: string, shape: ValueInfo['shape']): ValueInfo {
  return { name, type: 'float32', shape };
}
