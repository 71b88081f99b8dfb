import type { Graph, Initializer, Node } from '@refrain/onnx';
import { type Convolution, FLOAT32, type GraphPart, poolingNode, sampleCnnGraph } from '../sampleCnn.ts';
import { KERNEL } from '../weights.ts';

/** The numbers of a convolution in eight bits: weight · weightScale and bias · weightScale · inputScale are those it had. */
export interface QuantizedConvolution {
  /** As `Convolution.weight`, −127 … 127. */
  readonly weight: Int8Array;
  /** One per output. */
  readonly weightScale: Float32Array;
  readonly bias: Int32Array;
}

const LARGEST_WEIGHT = 127;
const LARGEST_ACTIVATION = 255;

/** Leaves room in 32 bits for the sum of products beside the bias. */
const LARGEST_BIAS = 2 ** 30;

/**
 * Rounds a convolution whose input is in steps of `inputScale`: weights symmetrically to eight bits with a scale per output, the bias to 32
 * bits in the scale of the products (Jacob et al. 2018, sections 2.1 and 2.4; Krishnamoorthi 2018, section 3 for a scale per output).
 */
export function quantizeConvolution(convolution: Convolution, inputScale: number): QuantizedConvolution {
  const { inputs, outputs, weight, bias } = convolution;
  const perOutput = inputs * KERNEL;
  const weightScale = Float32Array.from(bias, (constant, c) => {
    let widest = 0;
    for (let i = c * perOutput; i < (c + 1) * perOutput; i++) widest = Math.max(widest, Math.abs(weight[i]!));
    // A channel of almost no weight needs a coarser scale than its own, or its bias would leave 32 bits.
    return Math.max(widest / LARGEST_WEIGHT, Math.abs(constant) / (inputScale * LARGEST_BIAS)) || 1;
  });
  const rounded = new Int8Array(weight.length);
  for (let i = 0; i < weight.length; i++) {
    const steps = Math.round(weight[i]! / weightScale[Math.floor(i / perOutput)]!);
    // The scale itself was rounded to float32, so the widest weight may lie a hair above 127 steps.
    rounded[i] = Math.max(-LARGEST_WEIGHT, Math.min(LARGEST_WEIGHT, steps));
  }
  return {
    weight: rounded,
    weightScale,
    bias: Int32Array.from({ length: outputs }, (_, c) => Math.round(bias[c]! / (weightScale[c]! * inputScale))),
  };
}

/**
 * The graph of `sampleCnnGraph` with all convolutions but the first and the last in int8, to which onnxruntime joins the nodes around them:
 * activations in 256 steps from 0 to `ranges[i]` behind block i (for all blocks but the last), weights as `quantizeConvolution` rounds them.
 * Rounding to steps from 0 cuts off what is negative, so no ReLU is left, and the maximum over three is taken of the steps. The first and
 * the last convolution have half a percent of the multiplications; in float32 they spare the waveform and the embedding the rounding.
 */
export function quantizedSampleCnnGraph(convolutions: readonly Convolution[], ranges: readonly number[]): Graph {
  const last = convolutions.length - 1;
  return sampleCnnGraph(convolutions, {
    parameters: (convolution, i) =>
      i === 0 || i === last
        ? FLOAT32.parameters(convolution, i)
        : int8Parameters(convolution, i, stepOf(ranges[i - 1]!)),
    activation: (i, pooled) =>
      i === last ? FLOAT32.activation(i, pooled) : int8Activation(i, stepOf(ranges[i]!), pooled),
  });
}

/** The step that 255 of make the range; where nothing ever came through, any does. */
function stepOf(range: number): number {
  return Math.fround((range > 0 ? range : 1) / LARGEST_ACTIVATION);
}

function int8Parameters(convolution: Convolution, i: number, inputScale: number): GraphPart {
  const { inputs, outputs } = convolution;
  const { weight, weightScale, bias } = quantizeConvolution(convolution, inputScale);
  const initializers: Initializer[] = [
    { name: `weight steps ${i}`, shape: [outputs, inputs, 1, KERNEL], data: weight },
    { name: `weight scale ${i}`, shape: [outputs], data: weightScale },
    { name: `bias steps ${i}`, shape: [outputs], data: bias },
    { name: `bias scale ${i}`, shape: [outputs], data: weightScale.map((scale) => scale * inputScale) },
  ];
  const nodes: Node[] = ['weight', 'bias'].map((name) => ({
    op: 'DequantizeLinear',
    inputs: [`${name} steps ${i}`, `${name} scale ${i}`],
    outputs: [`${name} ${i}`],
    attributes: { axis: 0 },
  }));
  return { nodes, initializers };
}

/** From the sum of convolution i to what the next one takes. */
function int8Activation(i: number, step: number, pooled: boolean): GraphPart {
  const scale = [`step ${i}`, `zero ${i}`];
  const steps = pooled ? `pool ${i}` : `steps ${i}`;
  return {
    nodes: [
      { op: 'QuantizeLinear', inputs: [`sum ${i}`, ...scale], outputs: [`steps ${i}`] },
      ...(pooled ? [poolingNode(`steps ${i}`, steps)] : []),
      { op: 'DequantizeLinear', inputs: [steps, ...scale], outputs: [`block ${i}`] },
    ],
    initializers: [
      { name: `step ${i}`, shape: [], data: Float32Array.of(step) },
      { name: `zero ${i}`, shape: [], data: Uint8Array.of(0) },
    ],
  };
}
