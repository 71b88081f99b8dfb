import type { GraphWriter } from '../graph-model/graphWriter.ts';
import { FRAMES } from './harmonics.ts';

/** What of the model its spectrogram is made with. */
export interface SpectrogramWeights {
  /** The real and the imaginary parts of an octave's filters, 256 × 36 each, by octave, the highest first. */
  readonly filters: readonly { readonly real: Float32Array; readonly imaginary: Float32Array }[];
  /** The low-pass filter before each octave but the first: 256 numbers. */
  readonly lowPass: readonly Float32Array[];
  /** A factor for each of the 309 frequencies, the lowest first. */
  readonly scale: Float32Array;
  /** What is added to the power before its logarithm. */
  readonly epsilon: number;
  /** The first layer: a factor and a summand. */
  readonly gain: number;
  readonly offset: number;
}

/** Numbers of a filter, and filters of an octave. */
const [TAPS, BINS] = [256, 36];
/** Samples from one frame to the next, in the highest octave; each lower one is at half the rate. */
const HOP = 256;
/** How many samples behind a low-pass filter are one product of matrices. */
const BLOCK = 64;

/**
 * The log power of the constant-Q transform (Schörkhuber and Klapuri 2010) of a window of `samples`, brought to 0 … 1 between its extremes, with gain and
 * offset: 172 frames × 309 frequencies. As the model computes it but for what costs time: both parts of all filters of an octave are one convolution,
 * no root is taken of what is squared again, and the low-pass filters, of one channel each, are products of matrices.
 */
export function spectrogram(writer: GraphWriter, audio: string, samples: number, weights: SpectrogramWeights): string {
  const octaves: string[] = [];
  let [signal, length] = [writer.reshape(audio, [1, 1, 1, samples]), samples];
  for (const octave of weights.filters.keys()) {
    octaves.unshift(octavePower(writer, signal, octave, weights));
    const filter = weights.lowPass[octave];
    if (filter !== undefined) [signal, length] = halved(writer, signal, length, filter);
  }
  const power = writer.add('Transpose', [writer.add('Concat', octaves, { axis: 0 })], { perm: [1, 0] });
  // A factor of the logarithm, such as that of decibels, would not outlive the division by the range.
  const log = writer.add('Log', [writer.add('Add', [power, writer.number(weights.epsilon)])]);
  const [least, most] = ['ReduceMin', 'ReduceMax'].map((op) => writer.add(op, [log], { keepdims: 0 }));
  const range = writer.add('Sub', [most!, least!]);
  const zero = writer.number(0);
  const quotient = writer.add('Div', [writer.number(weights.gain), range]);
  const factor = writer.add('Where', [writer.add('Equal', [range, zero]), zero, quotient]);
  const scaled = writer.add('Mul', [writer.add('Sub', [log, least!]), factor]);
  return writer.add('Add', [scaled, writer.number(weights.offset)]);
}

/** The power of an octave's frequencies, as many as there are × 172 frames. The lowest octave is not whole. */
function octavePower(writer: GraphWriter, signal: string, octave: number, weights: SpectrogramWeights): string {
  const { filters, scale } = weights;
  const { real, imaginary } = filters[octave]!;
  const lowest = scale.length - (octave + 1) * BINS;
  const first = Math.max(0, -lowest);
  const kept = BINS - first;
  const kernel = new Float32Array(2 * kept * TAPS);
  for (const [part, values] of [real, imaginary].entries())
    for (let bin = 0; bin < kept; bin++)
      for (let tap = 0; tap < TAPS; tap++)
        kernel[(part * kept + bin) * TAPS + tap] = values[tap * BINS + first + bin]! * scale[lowest + first + bin]!;
  const padded = padEnds(writer, signal, TAPS / 2, TAPS / 2, 'reflect');
  const parts = writer.add('Conv', [padded, writer.constant(kernel, [2 * kept, 1, 1, TAPS])], {
    strides: [1, HOP >> octave],
  });
  const squares = writer.reshape(writer.add('Mul', [parts, parts]), [2, kept, FRAMES]);
  return writer.add('ReduceSum', [squares, writer.integers([0])], { keepdims: 0 });
}

/** Every second sample behind the low-pass filter, and how many there are. */
function halved(writer: GraphWriter, signal: string, length: number, filter: Float32Array): [string, number] {
  const before = TAPS / 2 - 1;
  const given = Math.floor((length + 2 * before - TAPS) / 2) + 1;
  const blocks = Math.ceil(given / BLOCK);
  // A block of outputs takes its own two blocks of the signal and the four behind them, so rows of two beside the next two rows.
  const row = 2 * BLOCK;
  const rows = blocks + 2;
  const padded = padEnds(writer, signal, before, rows * row - before - length, 'constant');
  const table = writer.reshape(padded, [rows, row]);
  const frames = writer.add(
    'Concat',
    [0, 1, 2].map((i) => writer.slice(table, 0, i, i + blocks)),
    { axis: 1 },
  );
  const matrix = new Float32Array(3 * row * BLOCK);
  for (let output = 0; output < BLOCK; output++)
    for (let tap = 0; tap < TAPS; tap++) matrix[(2 * output + tap) * BLOCK + output] = filter[tap]!;
  const product = writer.add('MatMul', [frames, writer.constant(matrix, [3 * row, BLOCK])]);
  return [writer.slice(writer.reshape(product, [1, 1, 1, blocks * BLOCK]), 3, 0, given), given];
}

function padEnds(writer: GraphWriter, signal: string, before: number, behind: number, mode: string): string {
  return writer.add('Pad', [signal, writer.integers([0, 0, 0, before, 0, 0, 0, behind])], { mode });
}
