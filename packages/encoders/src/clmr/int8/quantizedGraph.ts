import type { Graph, Initializer, Node } from '@refrain/onnx';
import { type Convolution, convolutionAttributes, POOLING, sampleCnnGraph } from '../sampleCnn.ts';
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
    const own = weight.subarray(c * perOutput, (c + 1) * perOutput);
    const widest = own.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
    // A channel of almost no weight needs a coarser scale than its own, or its bias would leave 32 bits.
    return Math.max(widest / LARGEST_WEIGHT, Math.abs(constant) / (inputScale * LARGEST_BIAS)) || 1;
  });
  const rounded = Int8Array.from(weight, (value, i) => {
    const steps = Math.round(value / weightScale[Math.floor(i / perOutput)]!);
    // The scale itself was rounded to float32, so the widest weight may lie a hair above 127 steps.
    return Math.max(-LARGEST_WEIGHT, Math.min(LARGEST_WEIGHT, steps));
  });
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
  const { inputs, outputs } = sampleCnnGraph(convolutions);
  const nodes: Node[] = [{ op: 'Unsqueeze', inputs: ['audio', 'height axis'], outputs: ['x'] }];
  const initializers: Initializer[] = [{ name: 'height axis', shape: [1], data: BigInt64Array.of(2n) }];
  const add = (part: Pick<Graph, 'nodes'> & { readonly initializers: readonly Initializer[] }) => {
    nodes.push(...part.nodes);
    initializers.push(...part.initializers);
  };
  let value = 'x';
  for (const [i, convolution] of convolutions.entries()) {
    const float = i === 0 || i === last;
    add(float ? floatParameters(convolution, i) : int8Parameters(convolution, i, stepOf(ranges[i - 1]!)));
    const attributes = convolutionAttributes(i);
    nodes.push({ op: 'Conv', inputs: [value, `weight ${i}`, `bias ${i}`], outputs: [`sum ${i}`], attributes });
    if (i === last) break;
    add(activation(i, stepOf(ranges[i]!)));
    value = `block ${i}`;
  }
  nodes.push({ op: 'Relu', inputs: [`sum ${last}`], outputs: [`block ${last}`] });
  nodes.push({ op: 'Flatten', inputs: [`block ${last}`], outputs: ['representation'], attributes: { axis: 1 } });
  return { inputs, outputs, nodes, initializers };
}

/** The step that 255 of make the range; where nothing ever came through, any does. */
function stepOf(range: number): number {
  return Math.fround((range > 0 ? range : 1) / LARGEST_ACTIVATION);
}

function floatParameters({ inputs, outputs, weight, bias }: Convolution, i: number) {
  const initializers: Initializer[] = [
    { name: `weight ${i}`, shape: [outputs, inputs, 1, KERNEL], data: weight },
    { name: `bias ${i}`, shape: [outputs], data: bias },
  ];
  return { nodes: [], initializers };
}

function int8Parameters(convolution: Convolution, i: number, inputScale: number) {
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
function activation(i: number, step: number) {
  const initializers: Initializer[] = [
    { name: `step ${i}`, shape: [], data: Float32Array.of(step) },
    { name: `zero ${i}`, shape: [], data: Uint8Array.of(0) },
  ];
  const scale = [`step ${i}`, `zero ${i}`];
  const nodes: Node[] = [{ op: 'QuantizeLinear', inputs: [`sum ${i}`, ...scale], outputs: [`steps ${i}`] }];
  if (i > 0) nodes.push({ op: 'MaxPool', inputs: [`steps ${i}`], outputs: [`pool ${i}`], attributes: POOLING });
  const steps = i > 0 ? `pool ${i}` : `steps ${i}`;
  nodes.push({ op: 'DequantizeLinear', inputs: [steps, ...scale], outputs: [`block ${i}`] });
  return { nodes, initializers };
}
