import { SampleQueue } from '@refrain/audio';
import {
  booleanOption,
  type CallableComponent,
  ConfigError,
  type Dataset,
  defineComponent,
  type Host,
  type Matrix,
  messageOf,
  quietHost,
  z,
  zeros,
} from '@refrain/core';
import type { Session } from '@refrain/onnx';
import { type ClipRun, embedWindows, ModelEncoder, openModel, runModel } from '../onnx-model/modelEncoder.ts';
import { wrongFile } from '../onnx-model/modelFile.ts';
import { type ModelSignature, modelSignature, onnxOptions } from '../onnx-model/modelSignature.ts';
import { checkFinite, noSamples, stacked } from '../segments.ts';
import { readInt8Model } from './int8/int8Model.ts';
import { isOnnxFile, readClmrModel } from './sampleCnn.ts';
import { EMBEDDING_SIZE, SAMPLE_RATE, SEGMENT } from './weights.ts';

const GRID = { windowSeconds: SEGMENT / SAMPLE_RATE, hopSeconds: SEGMENT / SAMPLE_RATE };

const options = z.object({
  checkpointPath: z
    .string()
    .min(1)
    .optional()
    .describe("CLMR's encoder, a .pt, .ckpt, .safetensors or .onnx file; must be given"),
  padLast: booleanOption()
    .default(false)
    .describe('whether a last piece shorter than a segment is filled up with zeros; dropped otherwise, as CLMR does'),
  wholeClip: booleanOption()
    .default(false)
    .describe('whether the clip goes through the encoder in one piece, so that segments hear their neighbours'),
  provider: onnxOptions.shape.provider,
  precision: z
    .enum(['float32', 'int8'])
    .default('float32')
    .describe(
      'int8 is about three times as quick on a CPU, calibrated on your train clips, and changes which clips look redundant: it says by how much',
    ),
});

/** The options of `clmr`. */
export type ClmrOptions = z.output<typeof options>;

/** Segments in a batch. On a CPU one alone is at least as quick as many, and each takes 40 MB. */
const [CPU_BATCH, DEVICE_BATCH] = [1, 16];

/**
 * An encoder with the weights of the checkpoint at `checkpointPath`. It embeds each segment of 59,049 samples (2.7 s) of a clip by CLMR's SampleCNN:
 * 512 numbers ≥ 0 (Spijkervet and Burgoyne 2021). A last partial segment is dropped, or padded with zeros where `padLast` is set; a clip shorter than a
 * segment is padded to one. With `wholeClip` the clip goes through the convolutions in one piece: pooled by "flatten", its rows are what the model
 * gives for it. With the precision int8 it is calibrated on train clips of `dataset`,
 * and what that changes is told through `host.notice`. Throws a ConfigError that names the option when the file can't be used or int8 is
 * not to be had, a DataError that names file and tensor when it is a checkpoint without CLMR's encoder, or the dataset when no clip for the
 * calibration can be read.
 */
export async function openClmrEncoder(
  given: Partial<ClmrOptions>,
  host: Host = quietHost(),
  dataset?: Dataset,
): Promise<ModelEncoder> {
  const { checkpointPath: path, padLast = false, wholeClip = false, provider = 'cpu', precision = 'float32' } = given;
  if (path === undefined) {
    throw new ConfigError(
      'encoder.checkpointPath',
      'The clmr encoder needs its weights: give encoder.checkpointPath, e.g. clmr.ckpt. Without any, use the mfcc encoder.',
    );
  }
  const file = precision === 'int8' ? await readInt8Model(path, provider, dataset, host) : await readClmrModel(path);
  const isForeign = precision === 'float32' && isOnnxFile(path);
  const session = await openModel({ ...file, path, isForeign }, provider, host);
  try {
    const signature = await clmrSignature(session, wholeClip, path);
    const { input, output, batch = session.provider === 'cpu' ? CPU_BATCH : DEVICE_BATCH } = signature;
    const identity = [file.sha256, input, output, padLast, wholeClip];
    return new ModelEncoder(
      session,
      { name: 'clmr', sampleRate: SAMPLE_RATE, dim: EMBEDDING_SIZE, grid: GRID, identity },
      (clip) =>
        wholeClip
          ? embedWhole(clip, signature, padLast)
          : embedWindows(clip, signature, { name: 'clmr', atOnce: batch, padLast }),
      host.signal,
    );
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** How the session's model is fed. Throws a ConfigError when it is another model than CLMR's encoder, or cannot take a whole clip. */
async function clmrSignature(session: Session, wholeClip: boolean, path: string): Promise<ModelSignature> {
  const [input] = session.inputs;
  const length = input?.isTensor ? input.shape.at(-1) : undefined;
  const fixed = typeof length === 'number' && length > 0;
  const other = 'Another model than CLMR goes to the encoder onnx.';
  if (fixed && length !== SEGMENT) {
    throw wrongFile(`${path} takes ${length} samples at once; CLMR's encoder takes ${SEGMENT}. ${other}`);
  }
  if (fixed && wholeClip) {
    throw new ConfigError(
      'encoder.wholeClip',
      `${path} takes exactly ${SEGMENT} samples, so no whole clip: give the checkpoint it was exported from, or leave wholeClip out.`,
    );
  }
  const signature = modelSignature(session, { window: SEGMENT, sampleRate: SAMPLE_RATE }, path);
  const { data } = await runModel(session, signature, new Float32Array(SEGMENT), SEGMENT).catch((cause) => {
    throw wrongFile(`${path} cannot run on ${SEGMENT} samples: ${messageOf(cause)} ${other}`, cause);
  });
  if (data.length !== EMBEDDING_SIZE) {
    throw wrongFile(
      `${path} gives ${data.length} numbers for a segment, CLMR's encoder ${EMBEDDING_SIZE}. CLMR exports two models: take the one without its classifier, clmr_encoder_only_sample-cnn.onnx. ${other}`,
    );
  }
  return signature;
}

/** Segments of a whole clip that go through the model in one piece: enough for half a minute, at half a gigabyte. */
const LARGEST_PIECE = 12;

/** Segments before and after one that reach into its row in a whole clip: the receptive field has 88,572 samples on either side, 1.5 segments. */
const CONTEXT = 2;

/**
 * How many samples are embedded: all there are where they hold a segment, of which a last partial one is left unread; up to the next whole
 * segment, with zeros, where `padLast` asks for that, or where there is less than one.
 */
function wholeLength(samples: number, padLast: boolean): number {
  return samples >= SEGMENT && !padLast ? samples : Math.ceil(samples / SEGMENT) * SEGMENT;
}

/**
 * What the encoder gives for a whole clip at once, steps × 512, the transpose of the model's output: a row per 59,049 samples, which
 * hears 88,572 samples before and after them too. A long clip goes in overlapping pieces: the same numbers up to rounding, in less memory.
 * Throws as `embedWindows` does.
 */
async function embedWhole(
  { session, pieces, signals }: ClipRun,
  signature: ModelSignature,
  padLast: boolean,
): Promise<Matrix> {
  const queue = new SampleQueue();
  const parts: Matrix[] = [];
  const own = LARGEST_PIECE - 2 * CONTEXT;
  let from = 0;
  const embed = async (to: number, end: number) => {
    for (const signal of signals) signal.throwIfAborted();
    const first = Math.max(0, from - CONTEXT);
    const samples = queue.read(first * SEGMENT, end - first * SEGMENT);
    const { data } = await runModel(session, signature, samples, samples.length, signals.at(-1));
    parts.push(rowsOfSteps(data, from - first, to - from));
    from = to;
    queue.drop((from - CONTEXT) * SEGMENT);
  };
  for await (const piece of pieces) {
    checkFinite(piece, queue.end, 'clmr');
    queue.push(piece);
    while (Math.floor(queue.end / SEGMENT) > Math.max(LARGEST_PIECE, from + own + CONTEXT)) {
      await embed(from + own, (from + own + CONTEXT) * SEGMENT);
    }
  }
  if (queue.end === 0) throw noSamples('clmr');
  queue.push(new Float32Array(wholeLength(queue.end, padLast) - queue.end));
  const rows = Math.floor(queue.end / SEGMENT);
  while (from < rows) {
    const to = rows <= LARGEST_PIECE ? rows : Math.min(from + own, rows);
    // What is left at the end of the clip is less than a segment, and the last step hears it.
    await embed(to, to + CONTEXT >= rows ? queue.end : (to + CONTEXT) * SEGMENT);
  }
  return stacked(parts, EMBEDDING_SIZE);
}

/** `count` steps from `first` on, of what the model gives for one piece, channel by channel. */
function rowsOfSteps(channels: Float32Array, first: number, count: number): Matrix {
  const steps = channels.length / EMBEDDING_SIZE;
  const rows = zeros(count, EMBEDDING_SIZE);
  for (let step = 0; step < count; step++) {
    for (let c = 0; c < EMBEDDING_SIZE; c++) rows.data[step * EMBEDDING_SIZE + c] = channels[c * steps + first + step]!;
  }
  return rows;
}

/** The component `clmr`. */
export const clmr: CallableComponent<ModelEncoder, typeof options, readonly ['host', 'dataset']> = defineComponent({
  name: 'clmr',
  description: "CLMR's SampleCNN, from a checkpoint of PyTorch, safetensors or ONNX",
  options,
  inject: ['host', 'dataset'],
  create: openClmrEncoder,
});
