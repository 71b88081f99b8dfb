import { type GraphModel, readTensor } from '@refrain/checkpoints';
import { quoted, refusal } from '@refrain/core';
import type { GraphWriter } from '../graph-model/graphWriter.ts';
import type { Arrangement } from '../graph-model/translate.ts';
import { BINS, convolvedHarmonics, FRAMES, harmonicStack, type Kernel, SHOWN } from './harmonics.ts';
import { type SpectrogramWeights, spectrogram } from './spectrogram.ts';

const PREFIX = 'StatefulPartitionedCall/model_1/';
const OCTAVES = 9;
/** A frequency for each key. */
const NOTES = 88;

/** Weights of Basic Pitch by their names. */
type Weights = (name: string) => Promise<Kernel>;

/**
 * Quicker ways to those values of Basic Pitch that take most of its time, of one window of `samples` at a time: the same numbers up to rounding. Throws
 * a DataError where the model has no weights of such a name.
 */
export async function basicPitchArrangements(
  model: GraphModel,
  samples: number,
): Promise<ReadonlyMap<string, Arrangement>> {
  const weights: Weights = async (name) => {
    const tensor = model.weights.get(PREFIX + name);
    if (tensor?.dtype !== 'float32') throw refusal(model.source, `has no weights ${quoted(name)}; Basic Pitch has.`);
    return { data: (await readTensor(tensor)) as Float32Array, shape: tensor.shape };
  };
  const image = `${PREFIX}batch_normalization/FusedBatchNormV3`;
  const ofSpectrogram = await spectrogramWeights(weights);
  const harmonicKernel = await weights('conv2d_1/Conv2D_weights');
  const harmonicBias = await weights('conv2d_1/Conv2D_bn_offset');
  return new Map<string, Arrangement>([
    [
      image,
      {
        from: [...model.inputs.values()],
        arrange: (writer, [audio]) =>
          writer.reshape(spectrogram(writer, audio!, samples, ofSpectrogram), [1, FRAMES, BINS, 1]),
      },
    ],
    [
      `${PREFIX}harmonic-stacking-diff/strided_slice_7`,
      {
        from: [image],
        arrange: (writer, [value]) => channelsLast(writer, harmonicStack(writer, flat(writer, value!))),
      },
    ],
    [
      `${PREFIX}re_lu_1/Relu`,
      {
        from: [image],
        arrange: (writer, [value]) => {
          const sums = convolvedHarmonics(writer, flat(writer, value!), harmonicKernel);
          const bias = writer.constant(harmonicBias.data, [1, harmonicBias.data.length, 1, 1]);
          return channelsLast(writer, writer.add('Relu', [writer.add('Add', [sums, bias])]));
        },
      },
    ],
    await toOneChannel(weights, 'contours-reduced', SHOWN, ['re_lu_1/Relu']),
    await toOneChannel(weights, 'conv2d_3', NOTES, ['re_lu_2/Relu']),
    await toOneChannel(weights, 'conv2d_5', NOTES, ['conv2d_3/Sigmoid', 're_lu_3/Relu']),
  ]);
}

async function spectrogramWeights(weights: Weights): Promise<SpectrogramWeights> {
  const transform = 'cq_t2010v2_1/';
  // Of an octave: the real parts, the imaginary ones, and the filter before the next.
  const convolution = async (i: number) =>
    (await weights(`${transform}conv1d${i === 0 ? '' : `_${i}`}/ExpandDims_1`)).data;
  const filters: { real: Float32Array; imaginary: Float32Array }[] = [];
  const lowPass: Float32Array[] = [];
  for (let octave = 0; octave < OCTAVES; octave++) {
    const at = 3 * octave;
    filters.push({ real: await convolution(at), imaginary: await convolution(at + 1) });
    if (octave < OCTAVES - 1) lowPass.push(await convolution(at + 2));
  }
  const number = async (name: string) => (await weights(name)).data[0]!;
  return {
    filters,
    lowPass,
    scale: (await weights(`${transform}Sqrt`)).data,
    epsilon: await number('normalized_log_1/add/y'),
    gain: await number('batch_normalization/FusedBatchNormV3/Scaled'),
    offset: await number('batch_normalization/FusedBatchNormV3/Offset'),
  };
}

/** Channels that a blocked convolution gives at once. */
const AT_ONCE = 16;

/**
 * A convolution that gives one channel of `bins` frequencies, at strides of one and with zeros around, of what stands one after another in the channels of its
 * input. Blocked convolutions give sixteen channels at once: each row of the kernel gives some, for frequencies one after another, at strides of so many. The
 * sum of the rows, each moved by its place, is what was asked for.
 */
async function toOneChannel(
  weights: Weights,
  layer: string,
  bins: number,
  from: readonly string[],
): Promise<readonly [string, Arrangement]> {
  const kernel = await weights(`${layer}/Conv2D/ReadVariableOp`);
  const bias = await weights(`${layer}/BiasAdd/ReadVariableOp`);
  const [height, width, channels] = kernel.shape as readonly [number, number, number];
  const [above, beside] = [(height - 1) / 2, (width - 1) / 2];
  let phases = Math.floor(AT_ONCE / height);
  while (bins % phases !== 0) phases--;
  const counts = from.length === 1 ? [channels] : [1, channels - 1];
  const arrange = (writer: GraphWriter, values: readonly string[]) => {
    const summands = [writer.constant(bias.data, [1, 1, 1, 1])];
    for (const [i, value] of values.entries()) {
      const rows = rowsOf(kernel, { first: i === 0 ? 0 : counts[0]!, count: counts[i]! }, phases);
      const planes = writer.add('Transpose', [value], { perm: [0, 3, 1, 2] });
      const shape = [height * phases, counts[i]!, 1, width + phases - 1];
      const parts = writer.add('Conv', [planes, writer.constant(rows, shape)], {
        pads: [above, beside, above, beside],
        strides: [1, phases],
      });
      for (let row = 0; row < height; row++)
        summands.push(
          writer.add('Slice', [
            parts,
            writer.integers([row * phases, row]),
            writer.integers([(row + 1) * phases, row + FRAMES]),
            writer.integers([1, 2]),
          ]),
        );
    }
    return writer.reshape(channelsLast(writer, writer.add('Sum', summands)), [1, FRAMES, bins, 1]);
  };
  return [`${PREFIX}${layer}/BiasAdd`, { from: from.map((name) => PREFIX + name), arrange }];
}

/** The rows of a kernel of one output as its outputs, each once for each phase, moved by it: (height · phases) × count × 1 × (width + phases − 1). */
function rowsOf(
  { data, shape }: Kernel,
  { first, count }: { readonly first: number; readonly count: number },
  phases: number,
): Float32Array {
  const [height, width, channels] = shape as readonly [number, number, number];
  const wide = width + phases - 1;
  const rows = new Float32Array(height * phases * count * wide);
  for (let output = 0; output < height * phases; output++) {
    const [row, phase] = [Math.floor(output / phases), output % phases];
    for (let c = 0; c < count; c++)
      for (let tap = 0; tap < width; tap++)
        rows[(output * count + c) * wide + phase + tap] = data[(row * width + tap) * channels + first + c]!;
  }
  return rows;
}

function flat(writer: GraphWriter, image: string): string {
  return writer.reshape(image, [FRAMES, BINS]);
}

function channelsLast(writer: GraphWriter, planes: string): string {
  return writer.add('Transpose', [planes], { perm: [0, 2, 3, 1] });
}
