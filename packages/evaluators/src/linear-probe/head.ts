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

/** One tensor of a head and its place in the vector of all of the head's numbers. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

/** The tensors of a head in the order in which its vector holds them. */
export function parametersOf(shape: HeadShape): Parameter[] {
  let offset = 0;
  const place = (name: string, lengths: readonly number[]): Parameter => {
    const size = lengths.reduce((product, length) => product * length, 1);
    offset += size;
    return { name, shape: lengths, offset: offset - size, size };
  };
  return layersOf(shape).flatMap(({ name, rows, inputs }) => [
    place(`${name}.weight`, [rows, inputs]),
    place(`${name}.bias`, [rows]),
  ]);
}

/** How many numbers a head has. */
function parameterCount(shape: HeadShape): number {
  return parametersOf(shape).reduce((sum, { size }) => sum + size, 0);
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

/** All numbers of a head as one new vector. Expects the tensors of `parametersOf`. */
export function packParameters(shape: HeadShape, parameters: HeadParameters): Float32Array {
  const vector = new Float32Array(parameterCount(shape));
  for (const { name, offset } of parametersOf(shape)) vector.set(parameters[name]!.data, offset);
  return vector;
}

/** The inverse of `packParameters`: new arrays by name. */
export function unpackParameters(shape: HeadShape, vector: Float32Array): HeadParameters {
  return Object.fromEntries(
    parametersOf(shape).map(({ name, shape: lengths, offset, size }) => [
      name,
      { shape: lengths, data: vector.slice(offset, offset + size) },
    ]),
  );
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

/** The layers' matrices of a head's vector, as new arrays. */
export function layerMatrices(shape: HeadShape, vector: Float32Array): Float32Array[] {
  const tensors = parametersOf(shape);
  return layersOf(shape).map(({ inputs, rows, cols }, layer) => {
    const weight = tensors[2 * layer]!.offset;
    const bias = tensors[2 * layer + 1]!.offset;
    const matrix = new Float32Array(rows * cols);
    for (let row = 0; row < rows; row++) {
      const start = weight + row * inputs;
      matrix.set(vector.subarray(start, start + inputs), row * cols);
      matrix[row * cols + inputs] = vector[bias + row]!;
    }
    return matrix;
  });
}

/** The inverse of `layerMatrices`: a new vector. */
export function layerVector(shape: HeadShape, matrices: readonly Float32Array[]): Float32Array {
  const vector = new Float32Array(parameterCount(shape));
  const tensors = parametersOf(shape);
  for (const [layer, { inputs, rows, cols }] of layersOf(shape).entries()) {
    const weight = tensors[2 * layer]!.offset;
    const bias = tensors[2 * layer + 1]!.offset;
    for (let row = 0; row < rows; row++) {
      const end = row * cols + inputs;
      vector.set(matrices[layer]!.subarray(row * cols, end), weight + row * inputs);
      vector[bias + row] = matrices[layer]![end]!;
    }
  }
  return vector;
}
