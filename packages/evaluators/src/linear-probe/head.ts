import type { Random } from '@refrain/core';

/** The size of a classification head: one linear layer, or `mlp`: a linear layer dim → dim, ReLU and a linear layer. */
export interface HeadShape {
  /** Numbers per input row. */
  readonly dim: number;
  readonly classes: number;
  readonly mlp: boolean;
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
export function parametersOf({ dim, classes, mlp }: HeadShape): Parameter[] {
  const layers = mlp
    ? [
        { layer: 0, out: dim },
        { layer: 2, out: classes },
      ]
    : [{ layer: 0, out: classes }];
  let offset = 0;
  const place = (name: string, shape: readonly number[]): Parameter => {
    const size = shape.reduce((product, length) => product * length, 1);
    offset += size;
    return { name, shape, offset: offset - size, size };
  };
  return layers.flatMap(({ layer, out }) => [place(`${layer}.weight`, [out, dim]), place(`${layer}.bias`, [out])]);
}

/** How many numbers a head has. */
export function parameterCount(shape: HeadShape): number {
  return parametersOf(shape).reduce((sum, { size }) => sum + size, 0);
}

/** A new head as PyTorch's `Linear` starts: weights and biases uniform in ±1/√dim. Each tensor has a random stream of its own. */
export function initialParameters(shape: HeadShape, random: Random): HeadParameters {
  const limit = 1 / Math.sqrt(shape.dim);
  const tensors = parametersOf(shape).map(({ name, shape: lengths, size }) => {
    const { uniform } = random.fork(name);
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
 * A layer as one matrix, row-major, a row per output: its weights, its bias, and a zero where that makes `cols` even. `name` is PyTorch's:
 * `0` or `2`.
 */
export interface Layer {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
}

/** The layers of a head, first to last. All have as many inputs, `dim`. */
export function layersOf({ dim, classes, mlp }: HeadShape): Layer[] {
  // Rows of whole 8 bytes: V8 copies those out of shared memory by words, and others byte by byte.
  const cols = 2 * Math.ceil((dim + 1) / 2);
  return mlp
    ? [
        { name: '0', rows: dim, cols },
        { name: '2', rows: classes, cols },
      ]
    : [{ name: '0', rows: classes, cols }];
}

/** The layers' matrices of a head's vector, as new arrays. */
export function layerMatrices(shape: HeadShape, vector: Float32Array): Float32Array[] {
  const tensors = parametersOf(shape);
  return layersOf(shape).map(({ rows, cols }, layer) => {
    const weight = tensors[2 * layer]!.offset;
    const bias = tensors[2 * layer + 1]!.offset;
    const matrix = new Float32Array(rows * cols);
    for (let row = 0; row < rows; row++) {
      const start = weight + row * shape.dim;
      matrix.set(vector.subarray(start, start + shape.dim), row * cols);
      matrix[row * cols + shape.dim] = vector[bias + row]!;
    }
    return matrix;
  });
}

/** The inverse of `layerMatrices`: a new vector. */
export function layerVector(shape: HeadShape, matrices: readonly Float32Array[]): Float32Array {
  const vector = new Float32Array(parameterCount(shape));
  const tensors = parametersOf(shape);
  for (const [layer, { rows, cols }] of layersOf(shape).entries()) {
    const weight = tensors[2 * layer]!.offset;
    const bias = tensors[2 * layer + 1]!.offset;
    for (let row = 0; row < rows; row++) {
      const end = row * cols + shape.dim;
      vector.set(matrices[layer]!.subarray(row * cols, end), weight + row * shape.dim);
      vector[bias + row] = matrices[layer]![end]!;
    }
  }
  return vector;
}
