import type { GraphWriter } from '../graph-model/graphWriter.ts';

/** A kernel of a convolution: height × width × inputs × outputs, as TensorFlow has it. */
export interface Kernel {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Frequencies of the spectrogram, three to a semitone, and frames of a window. */
export const [BINS, FRAMES] = [309, 172];
/** The frequencies that are looked at with their harmonics. */
export const SHOWN = 264;
/** How many frequencies above each its subharmonic and its harmonics are (Bittner et al. 2022, section 3). */
const SHIFTS = [0.5, 1, 2, 3, 4, 5, 6, 7].map((harmonic) => Math.round(36 * Math.log2(harmonic)));

/** The spectrogram, 172 × 309, beside itself shifted by each harmonic, 1 × 8 × 172 × 264; zeros where there is no frequency. */
export function harmonicStack(writer: GraphWriter, spectrogram: string): string {
  const [below, above] = [-SHIFTS[0]!, SHIFTS.at(-1)! + SHOWN - BINS];
  const padded = writer.add('Pad', [spectrogram, writer.integers([0, below, 0, above])]);
  const planes = writer.reshape(padded, [1, FRAMES, below + BINS + above]);
  const shifted = SHIFTS.map((shift) => writer.slice(planes, 2, below + shift, below + shift + SHOWN));
  return writer.reshape(writer.add('Concat', shifted, { axis: 0 }), [1, SHIFTS.length, FRAMES, SHOWN]);
}

/** Of the minimal filtering F(4, 3): four sums of three products each, out of six products (Lavin and Gray 2016, section 4.1). */
const [GIVEN, TAKEN] = [4, 6];
const OF_INPUT = [
  4, 0, -5, 0, 1, 0, 0, -4, -4, 1, 1, 0, 0, 4, -4, -1, 1, 0, 0, -2, -1, 2, 1, 0, 0, 2, -1, -2, 1, 0, 0, 4, 0, -5, 0, 1,
];
const OF_KERNEL = [
  [1 / 4, 0, 0],
  [-1 / 6, -1 / 6, -1 / 6],
  [-1 / 6, 1 / 6, -1 / 6],
  [1 / 24, 1 / 12, 1 / 6],
  [1 / 24, -1 / 12, 1 / 6],
  [0, 0, 1],
] as const;
const OF_OUTPUT = [1, 1, 1, 1, 1, 0, 0, 1, -1, 2, -2, 0, 0, 1, 1, 4, 4, 0, 0, 1, -1, 8, -8, 1];

/** Frequencies of a block of outputs. */
const BLOCK = 24;

/**
 * What a convolution of 3 frames × an odd number of frequencies gives for the harmonic stack, zeros around it, without the stack: 1 × outputs × 172 × 264.
 * Its planes are one image, shifted, so what a block of frequencies takes of all planes lies in one span of the image, and the convolution is a product of
 * matrices with that span; of the three frames, by minimal filtering, six products give four. A quarter of the work is left.
 */
export function convolvedHarmonics(writer: GraphWriter, spectrogram: string, kernel: Kernel): string {
  const [, width, , outputs] = kernel.shape as readonly [number, number, number, number];
  const half = (width - 1) / 2;
  const before = half - SHIFTS[0]!;
  const span = before + BLOCK + SHIFTS.at(-1)! + half;
  const blocks = SHOWN / BLOCK;
  const tiles = FRAMES / GIVEN;
  const bins = (blocks - 1) * BLOCK + span;
  const image = writer.add('Pad', [spectrogram, writer.integers([1, before, 3, bins - before - BINS])]);
  const inputs = tilesOf(writer, image, tiles, bins);
  const spanOf = (block: number) =>
    writer.reshape(writer.slice(inputs, 2, block * BLOCK, block * BLOCK + span), [TAKEN, tiles, 1, span]);
  const product = (spans: readonly string[], block: number) => {
    const rows = writer.reshape(writer.add('Concat', spans, { axis: 2 }), [TAKEN, tiles * spans.length, span]);
    const matrix = spanMatrix(kernel, block, span, before);
    const result = writer.add('MatMul', [rows, writer.constant(matrix, [TAKEN, span, BLOCK * outputs])]);
    return writer.reshape(result, [TAKEN, tiles, spans.length, BLOCK * outputs]);
  };
  const spans = Array.from({ length: blocks }, (_, block) => spanOf(block));
  // Zeros around the stack are not those around the image, so the outer blocks have matrices of their own.
  const products = [
    product(spans.slice(0, 1), 0),
    product(spans.slice(1, -1), 1),
    product(spans.slice(-1), blocks - 1),
  ];
  const filtered = writer.reshape(writer.add('Concat', products, { axis: 2 }), [
    TAKEN,
    (FRAMES * SHOWN * outputs) / GIVEN,
  ]);
  const results = writer.add('MatMul', [writer.constant(Float32Array.from(OF_OUTPUT), [GIVEN, TAKEN]), filtered]);
  const planes = writer.add('Transpose', [writer.reshape(results, [GIVEN, tiles, blocks, outputs, BLOCK])], {
    perm: [3, 1, 0, 2, 4],
  });
  return writer.reshape(planes, [1, outputs, FRAMES, SHOWN]);
}

/** The transforms of six frames each, the last two of which begin the next tile: 6 × tiles × bins. */
function tilesOf(writer: GraphWriter, image: string, tiles: number, bins: number): string {
  const fours = (from: number) => writer.reshape(writer.slice(image, 0, from, from + FRAMES), [tiles, GIVEN, bins]);
  const frames = writer.add('Concat', [fours(0), writer.slice(fours(GIVEN), 1, 0, TAKEN - GIVEN)], { axis: 1 });
  const columns = writer.reshape(writer.add('Transpose', [frames], { perm: [1, 0, 2] }), [TAKEN, tiles * bins]);
  const transform = writer.constant(Float32Array.from(OF_INPUT), [TAKEN, TAKEN]);
  return writer.reshape(writer.add('MatMul', [transform, columns]), [TAKEN, tiles, bins]);
}

/** What a block's outputs take of its span, transformed: 6 × span × (outputs · 24). */
function spanMatrix(kernel: Kernel, block: number, span: number, before: number): Float32Array {
  const [, width, planes, outputs] = kernel.shape as readonly [number, number, number, number];
  const size = span * BLOCK * outputs;
  const matrix = new Float64Array(TAKEN * size);
  for (const [i, weights] of OF_KERNEL.entries()) {
    const taps = transformedTaps(kernel, weights);
    for (let bin = 0; bin < BLOCK; bin++)
      for (let tap = 0; tap < width; tap++) {
        const at = block * BLOCK + bin + tap - (width - 1) / 2;
        if (at < 0 || at >= SHOWN) continue;
        for (let plane = 0; plane < planes; plane++) {
          const to = i * size + (before + at + SHIFTS[plane]! - block * BLOCK) * outputs * BLOCK + bin;
          const from = (tap * planes + plane) * outputs;
          for (let output = 0; output < outputs; output++) matrix[to + output * BLOCK]! += taps[from + output]!;
        }
      }
  }
  return new Float32Array(matrix);
}

/** A kernel of three frames by their weights: width × planes × outputs. */
function transformedTaps({ data, shape }: Kernel, weights: readonly [number, number, number]): Float64Array {
  const length = data.length / shape[0]!;
  const taps = new Float64Array(length);
  for (let i = 0; i < length; i++)
    taps[i] = weights[0] * data[i]! + weights[1] * data[length + i]! + weights[2] * data[2 * length + i]!;
  return taps;
}
