import { createHash } from 'node:crypto';
import { access, constants } from 'node:fs/promises';
import { messageOf } from '@refrain/core';
import { type Graph, modelBytes, type Node } from '@refrain/onnx';
import { type ModelFile, readModelFile, wrongFile } from '../onnx-model/modelFile.ts';
import { type Block, KERNEL, type StoredTensors, sampleCnnBlocks } from './weights.ts';

/** A convolution with the batch normalisation behind it folded into its numbers. */
export interface Convolution {
  readonly inputs: number;
  readonly outputs: number;
  /** outputs × inputs × 3, row-major. */
  readonly weight: Float32Array;
  /** One number per output. */
  readonly bias: Float32Array;
}

/** What batch normalisation adds to the variance, PyTorch's default. */
const EPSILON = 1e-5;

/**
 * The convolution that gives what `block` gives: y = γ·(W∗x + b − μ)/√(σ² + ε) + β is W′∗x + b′ with W′ = s·W, b′ = s·(b − μ) + β,
 * s = γ/√(σ² + ε) (Ioffe and Szegedy 2015, section 3.1, the normalisation at inference). Taken in float64, rounded once.
 */
export function foldBatchNorm({ inputs, outputs, weight, bias, norm }: Block): Convolution {
  const scale = Float64Array.from(norm.weight, (gamma, c) => gamma / Math.sqrt(norm.variance[c]! + EPSILON));
  const perOutput = inputs * KERNEL;
  return {
    inputs,
    outputs,
    weight: scaledRows(weight, scale, perOutput),
    bias: bias.map((value, c) => (value - norm.mean[c]!) * scale[c]! + norm.bias[c]!),
  };
}

/** Row c of `rows` times `scale[c]`, rounded once. */
function scaledRows(rows: Float32Array, scale: Float64Array, width: number): Float32Array {
  const scaled = new Float32Array(rows.length);
  for (let i = 0; i < rows.length; i++) scaled[i] = rows[i]! * scale[(i / width) | 0]!;
  return scaled;
}

/** A part of a graph: nodes, and the numbers they need. */
export type GraphPart = Pick<Graph, 'nodes' | 'initializers'>;

/** In which numbers a graph computes. */
export interface Arithmetic {
  /** The numbers of convolution `i`, as `weight i` and `bias i`. */
  parameters(convolution: Convolution, i: number): GraphPart;
  /** From `sum i`, what convolution `i` gives, to `block i`, what the next one takes: nothing below 0, and of three steps the largest if it is `pooled`. */
  activation(i: number, pooled: boolean): GraphPart;
}

/** The maximum of three steps. */
export function poolingNode(from: string, to: string): Node {
  return { op: 'MaxPool', inputs: [from], outputs: [to], attributes: { kernel_shape: [1, 3], strides: [1, 3] } };
}

/** In numbers of 32 bits, as the checkpoint has them. */
export const FLOAT32: Arithmetic = {
  parameters: ({ inputs, outputs, weight, bias }, i) => ({
    nodes: [],
    // Two-dimensional ones, one sample high, because onnxruntime has a blocked layout for those alone, a fifth quicker than one-dimensional ones.
    initializers: [
      { name: `weight ${i}`, shape: [outputs, inputs, 1, KERNEL], data: weight },
      { name: `bias ${i}`, shape: [outputs], data: bias },
    ],
  }),
  activation: (i, pooled) => ({
    nodes: [
      { op: 'Relu', inputs: [`sum ${i}`], outputs: [pooled ? `all ${i}` : `block ${i}`] },
      ...(pooled ? [poolingNode(`all ${i}`, `block ${i}`)] : []),
    ],
    initializers: [],
  }),
};

/**
 * SampleCNN (Lee, Park, Kim and Nam 2017, as CLMR has it) as an ONNX graph: input `audio` [batch, 1, samples], output
 * `representation` [batch, channels · steps], channel by channel. The first convolution has a stride of 3, the others reach one step beyond either end,
 * and each between the first and the last is followed by a maximum over 3, so `steps` is samples / 3^(convolutions − 1), rounded down; batch and samples
 * are free.
 */
export function sampleCnnGraph(
  convolutions: readonly Convolution[],
  { parameters, activation }: Arithmetic = FLOAT32,
): Graph {
  const last = convolutions.length - 1;
  const parts = convolutions.flatMap((convolution, i): GraphPart[] => {
    const inputs = [i === 0 ? 'x' : `block ${i - 1}`, `weight ${i}`, `bias ${i}`];
    const attributes: Node['attributes'] = i === 0 ? { strides: [1, KERNEL] } : { pads: [0, 1, 0, 1] };
    const sum: Node = { op: 'Conv', inputs, outputs: [`sum ${i}`], attributes };
    return [parameters(convolution, i), { nodes: [sum], initializers: [] }, activation(i, i > 0 && i < last)];
  });
  return {
    inputs: [{ name: 'audio', type: 'float32', shape: ['batch', 1, 'samples'] }],
    outputs: [{ name: 'representation', type: 'float32', shape: ['batch', 'values'] }],
    nodes: [
      { op: 'Unsqueeze', inputs: ['audio', 'height axis'], outputs: ['x'] },
      ...parts.flatMap(({ nodes }) => nodes),
      { op: 'Flatten', inputs: [`block ${last}`], outputs: ['representation'], attributes: { axis: 1 } },
    ],
    initializers: [
      { name: 'height axis', shape: [1], data: BigInt64Array.of(2n) },
      ...parts.flatMap(({ initializers }) => initializers ?? []),
    ],
  };
}

/**
 * CLMR's encoder as the bytes of an ONNX model, from a checkpoint (.pt, .ckpt, .safetensors) or from an .onnx file. The hash is that of the
 * numbers the model computes with, so the same weights have the same in every checkpoint format; an .onnx file has its own. Throws a
 * ConfigError for a file that is not there and for an .onnx file that is no model, a DataError for a checkpoint that is damaged or has no
 * such encoder.
 */
export async function readClmrModel(path: string): Promise<ModelFile> {
  if (isOnnxFile(path)) return readModelFile(path);
  const { convolutions, sha256 } = await readClmrWeights(path);
  return { bytes: modelBytes(sampleCnnGraph(convolutions)), sha256 };
}

/** Whether the file at `path` is by its name an ONNX model, which has a graph of its own, and no checkpoint. */
export function isOnnxFile(path: string): boolean {
  return /\.onnx$/i.test(path);
}

/**
 * The convolutions of CLMR's encoder in the checkpoint at `path`, batch normalisation folded in, and the hash of their numbers. Throws what
 * `readClmrModel` throws for a checkpoint.
 */
export async function readClmrWeights(
  path: string,
): Promise<{ readonly convolutions: readonly Convolution[]; readonly sha256: string }> {
  const convolutions = (await sampleCnnBlocks(await storedTensors(path), path)).map(foldBatchNorm);
  return { convolutions, sha256: hashOf(convolutions) };
}

async function storedTensors(path: string): Promise<StoredTensors> {
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw wrongFile(`Cannot read the checkpoint ${path}: ${messageOf(cause)}.`, cause);
  });
  const { asFloat32, readCheckpoint, stateDict } = await import('@refrain/checkpoints');
  const { tensors } = stateDict(await readCheckpoint(path));
  return new Map([...tensors].map(([key, tensor]) => [key, { shape: tensor.shape, read: () => asFloat32(tensor) }]));
}

function hashOf(convolutions: readonly Convolution[]): string {
  const hash = createHash('sha256');
  for (const { inputs, outputs, weight, bias } of convolutions) {
    hash.update(`${inputs} ${outputs}`);
    for (const { buffer, byteOffset, byteLength } of [weight, bias]) {
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
  return hash.digest('hex');
}
