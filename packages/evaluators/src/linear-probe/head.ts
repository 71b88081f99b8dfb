import type { Random } from '@refrain/core';

/** The size of a classification head: one linear layer, or `mlp`: a linear layer dim → hidden, ReLU and a linear layer. */
export interface HeadShape {
  /** Numbers per input row. */
  readonly dim: number;
  readonly classes: number;
  readonly mlp: boolean;
  /** Width of an MLP's hidden layer; `dim` when left out. */
  readonly hidden?: number | undefined;
}

/** A head's weights by the names that PyTorch gives them: `0.weight` `[out, in]` and `0.bias`; an MLP's second layer is `2.*`. */
export type HeadParameters = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
>;

/** One tensor of a head, with the count of its numbers. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly size: number;
}

/** The tensors of a head, layer by layer: its weights and its biases. */
export function parametersOf(shape: HeadShape): Parameter[] {
  return layersOf(shape).flatMap(({ name, rows, inputs }) => [
    { name: `${name}.weight`, shape: [rows, inputs], size: rows * inputs },
    { name: `${name}.bias`, shape: [rows], size: rows },
  ]);
}

/** A new head as PyTorch's `Linear` starts: uniform in ±1/√(the layer's inputs), biases too. Each tensor has a random stream of its own. */
export function initialParameters(shape: HeadShape, random: Random): HeadParameters {
  const tensors = parametersOf(shape).map(({ name, shape: lengths, size }, index) => {
    const { uniform } = random.fork(name);
    const limit = 1 / Math.sqrt(layersOf(shape)[Math.floor(index / 2)]!.inputs);
    return [name, { shape: lengths, data: Float32Array.from({ length: size }, () => (2 * uniform() - 1) * limit) }];
  });
  return Object.fromEntries(tensors) as HeadParameters;
}

/**
 * A layer as one matrix, row-major, a row per output: its weights, its bias, and a zero where that makes the head's first `cols` even.
 * `name` is PyTorch's: `0` or `2`.
 */
export interface Layer {
  readonly name: string;
  readonly inputs: number;
  readonly rows: number;
  readonly cols: number;
}

/** The layers of a head, first to last. All have as many columns after their weights. */
export function layersOf({ dim, classes, mlp, hidden = dim }: HeadShape): Layer[] {
  // Rows of whole 8 bytes: V8 copies those out of shared memory by words, and others byte by byte.
  const after = 2 - (dim % 2);
  const layer = (name: string, inputs: number, rows: number): Layer => ({ name, inputs, rows, cols: inputs + after });
  return mlp ? [layer('0', dim, hidden), layer('2', hidden, classes)] : [layer('0', dim, classes)];
}

/** The layers' matrices of a head, as new arrays. Expects the tensors of `parametersOf`. */
export function layerMatrices(shape: HeadShape, parameters: HeadParameters): Float32Array[] {
  return layersOf(shape).map(({ name, inputs, rows, cols }) => {
    const weight = parameters[`${name}.weight`]!.data;
    const bias = parameters[`${name}.bias`]!.data;
    const matrix = new Float32Array(rows * cols);
    for (let row = 0; row < rows; row++) {
      matrix.set(weight.subarray(row * inputs, (row + 1) * inputs), row * cols);
      matrix[row * cols + inputs] = bias[row]!;
    }
    return matrix;
  });
}

/** The inverse of `layerMatrices`, as new arrays too. */
export function layerParameters(shape: HeadShape, matrices: readonly Float32Array[]): HeadParameters {
  const tensors = layersOf(shape).flatMap(({ name, inputs, rows, cols }, layer) => {
    const weight = new Float32Array(rows * inputs);
    const bias = new Float32Array(rows);
    for (let row = 0; row < rows; row++) {
      const end = row * cols + inputs;
      weight.set(matrices[layer]!.subarray(row * cols, end), row * inputs);
      bias[row] = matrices[layer]![end]!;
    }
    return [
      [`${name}.weight`, { shape: [rows, inputs], data: weight }],
      [`${name}.bias`, { shape: [rows], data: bias }],
    ] as const;
  });
  return Object.fromEntries(tensors);
}
