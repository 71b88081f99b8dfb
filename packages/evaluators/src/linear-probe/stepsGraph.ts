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

/**
 * The model of many optimiser steps, one after another inside onnxruntime: a Scan over batches of `n` rows. In comes, for each step,
 * `features` `[steps, n, cols]` with a one in column `dim` and zeros after it, `targets` `[steps, n, classes]` and the numbers of `adamScalars`
 * (`[steps]` each); and `perTerm`, one over the number of things that a batch's loss is a mean of. The state of every layer (`stateName`;
 * matrices as in `layersOf`) goes in and comes out with `new ` before its name, and with it `batchLosses` `[steps]`, each before its step.
 *
 * Adam is PyTorch's (Kingma & Ba 2015, algorithm 1, with weight decay added to the gradient). It costs as much as the products, because
 * each of its operations passes through all parameters; so constant factors of the moments are left to `adamScalars`, and the decay is
 * added by the product itself.
 */
export function stepsModel(shape: HeadShape, loss: Loss, weightDecay: number): Uint8Array {
  const layers = layersOf(shape);
  const state = layers.flatMap((layer) => STATE.map((part) => stateOf(part, layer)));
  const scan: Node = {
    op: 'Scan',
    inputs: [...state.map(({ name }) => name), 'features', 'targets', ...SCALARS],
    outputs: [...state.map(({ name }) => `new ${name}`), 'logits'],
    attributes: { num_scan_inputs: 2 + SCALARS.length, body: { graph: stepGraph(shape, loss, weightDecay) } },
  };
  return modelBytes(
    withConstants(LOSS_CONSTANTS, {
      inputs: [
        ...state,
        tensor('features', ['steps', 'n', layers[0]!.cols]),
        tensor('targets', ['steps', 'n', shape.classes]),
        ...SCALARS.map((name) => tensor(name, ['steps'])),
        tensor('perTerm', []),
      ],
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
function stepGraph(shape: HeadShape, loss: Loss, weightDecay: number) {
  const layers = layersOf(shape);
  const state = layers.flatMap((layer) => STATE.map((part) => stateOf(part, layer)));
  const constants = [
    floats('beta1', BETA_1),
    floats('beta2', BETA_2),
    floats('zero', 0),
    integers('first', [0]),
    integers('width', [shape.dim]),
    integers('end', [layers[0]!.cols]),
    integers('columns', [1]),
  ];
  return withConstants(constants, {
    inputs: [
      ...state,
      tensor('batch', ['n', layers[0]!.cols]),
      tensor('batch targets', ['n', shape.classes]),
      ...SCALARS.map((name) => tensor(`step's ${name}`, [])),
    ],
    outputs: [
      ...state.map((value) => ({ ...value, name: `next ${value.name}` })),
      tensor('batch logits', ['n', shape.classes]),
    ],
    nodes: [
      ...(shape.mlp ? HIDDEN_NODES : []),
      node('Gemm', [lastInput(shape), stateName('parameters', layers.at(-1)!)], 'batch logits', { transB: 1 }),
      loss === 'binary-cross-entropy'
        ? node('Sigmoid', ['batch logits'], 'probabilities')
        : node('Softmax', ['batch logits'], 'probabilities', { axis: -1 }),
      node('Sub', ['probabilities', 'batch targets'], 'errors'),
      node('Mul', ['errors', 'perTerm'], 'gradient of logits'),
      ...(shape.mlp ? HIDDEN_GRADIENT_NODES : []),
      ...layers.flatMap((layer) => [gradientNode(shape, layer, weightDecay), ...adamNodes(layer)]),
    ],
  });
}

function lastInput({ mlp }: HeadShape): string {
  return mlp ? 'hidden and after' : 'batch';
}

const HIDDEN_NODES: readonly Node[] = [
  node('Gemm', ['batch', 'parameters of 0'], 'preactivation', { transB: 1 }),
  node('Relu', ['preactivation'], 'hidden'),
  node('Slice', ['batch', 'width', 'end', 'columns'], 'after features'),
  node('Concat', ['hidden', 'after features'], 'hidden and after', { axis: 1 }),
];

const HIDDEN_GRADIENT_NODES: readonly Node[] = [
  node('Slice', ['parameters of 2', 'first', 'width', 'columns'], '2.weight'),
  node('MatMul', ['gradient of logits', '2.weight'], 'gradient of hidden'),
  node('Greater', ['hidden', 'zero'], 'active'),
  node('Where', ['active', 'gradient of hidden', 'zero'], 'gradient of preactivation'),
];

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
