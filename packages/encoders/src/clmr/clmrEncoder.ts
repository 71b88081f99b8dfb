import { createHash } from 'node:crypto';
import {
  type Abortable,
  booleanOption,
  type CallableComponent,
  ConfigError,
  type Dataset,
  defineComponent,
  type Encoder,
  type Host,
  type Matrix,
  messageOf,
  quietHost,
  type Waveform,
  z,
} from '@refrain/core';
import type { Session } from '@refrain/onnx';
import { openForeignModel, openModel } from '../modelSession.ts';
import { wrongFile } from '../onnx-model/modelFile.ts';
import { modelSignature, onnxOptions } from '../onnx-model/modelSignature.ts';
import { checkedEmbeddings, inOnePiece } from '../segments.ts';
import { type ClmrSignature, embedSegments, embedWhole, runModel } from './embedClip.ts';
import { readInt8Model } from './int8/int8Model.ts';
import { isOnnxFile, readClmrModel } from './sampleCnn.ts';
import { EMBEDDING_SIZE, SAMPLE_RATE, SEGMENT } from './weights.ts';

export const clmrOptions = z.object({
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

export type ClmrOptions = z.output<typeof clmrOptions>;

/** How a clip is cut; see the options of the same names. */
export type Framing = Pick<ClmrOptions, 'padLast' | 'wholeClip'>;

/**
 * An encoder with the weights of the checkpoint at `checkpointPath`. With the precision int8 it is calibrated on train clips of `dataset`,
 * and what that changes is told through `host.notice`. Throws a ConfigError that names the option when the file can't be used or int8 is
 * not to be had, a DataError that names file and tensor when it is a checkpoint without CLMR's encoder, or the dataset when no clip for the
 * calibration can be read.
 */
export async function openClmrEncoder(
  options: Partial<ClmrOptions>,
  host: Host = quietHost(),
  dataset?: Dataset,
): Promise<ClmrEncoder> {
  const { checkpointPath: path, padLast = false, wholeClip = false, provider = 'cpu', precision = 'float32' } = options;
  if (path === undefined) {
    throw new ConfigError(
      'encoder.checkpointPath',
      'The clmr encoder needs its weights: give encoder.checkpointPath, e.g. clmr.ckpt. Without any, use the mfcc encoder.',
    );
  }
  const file = precision === 'int8' ? await readInt8Model(path, provider, dataset, host) : await readClmrModel(path);
  const { sha256 } = file;
  const session =
    precision === 'float32' && isOnnxFile(path)
      ? await openForeignModel(file, path, provider, host)
      : await openModel(file.bytes, path, provider, host.notice);
  try {
    const signature = await clmrSignature(session, wholeClip, path);
    return new ClmrEncoder(session, signature, { padLast, wholeClip }, sha256, host.signal);
  } catch (error) {
    await session.close();
    throw error;
  }
}

/**
 * Embeds each segment of 59,049 samples (2.7 s) of a clip by CLMR's SampleCNN: 512 numbers ≥ 0 (Spijkervet and Burgoyne 2021). A last
 * partial segment is dropped, or padded with zeros where `padLast` is set; a clip shorter than a segment is padded to one. With
 * `wholeClip` the clip goes through the convolutions in one piece: pooled by "flatten", its rows are what the model gives for it.
 * `openClmrEncoder` makes it from a file.
 */
export class ClmrEncoder implements Encoder {
  readonly name = 'clmr';
  readonly sampleRate = SAMPLE_RATE;
  readonly dim = EMBEDDING_SIZE;
  readonly grid = { windowSeconds: SEGMENT / SAMPLE_RATE, hopSeconds: SEGMENT / SAMPLE_RATE };
  readonly fingerprint: string;
  readonly usesDevice: boolean;
  readonly #signature: ClmrSignature;
  readonly #framing: Framing;
  readonly #signal: AbortSignal;
  #session: Session | undefined;

  /** `sha256` is that of the session's model; the encoder closes the session. */
  constructor(session: Session, signature: ClmrSignature, framing: Framing, sha256: string, signal: AbortSignal) {
    this.#session = session;
    this.usesDevice = session.provider !== 'cpu';
    this.#signature = signature;
    this.#framing = framing;
    this.#signal = signal;
    // The provider is part of it: a GPU's reduced precision moves embeddings far more than the last bits.
    const parts = [sha256, signature.input, signature.output, framing.padLast, framing.wholeClip, session.provider];
    this.fingerprint = `clmr-1-${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
  }

  encode(waveform: Waveform, options?: Abortable): Promise<Matrix> {
    return this.encodeStream(inOnePiece(waveform, this), options);
  }

  async encodeStream(pieces: AsyncIterable<Float32Array>, { signal }: Abortable = {}): Promise<Matrix> {
    const session = this.#session;
    if (session === undefined) throw new Error('This clmr encoder is closed.');
    const { padLast, wholeClip } = this.#framing;
    const embed = wholeClip ? embedWhole : embedSegments;
    const signals = signal === undefined ? [this.#signal] : [this.#signal, signal];
    const embeddings = await embed(session, this.#signature, pieces, padLast, signals);
    return checkedEmbeddings(embeddings, this.name);
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

/** How the session's model is fed. Throws a ConfigError when it is another model than CLMR's encoder, or cannot take a whole clip. */
async function clmrSignature(session: Session, wholeClip: boolean, path: string): Promise<ClmrSignature> {
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
  const { length: dim } = await runModel(session, signature, new Float32Array(SEGMENT), SEGMENT).catch((cause) => {
    throw wrongFile(`${path} cannot run on ${SEGMENT} samples: ${messageOf(cause)} ${other}`, cause);
  });
  if (dim !== EMBEDDING_SIZE) {
    throw wrongFile(
      `${path} gives ${dim} numbers for a segment, CLMR's encoder ${EMBEDDING_SIZE}. CLMR exports two models: take the one without its classifier, clmr_encoder_only_sample-cnn.onnx. ${other}`,
    );
  }
  return signature;
}

/** The component `clmr`. */
export const clmr: CallableComponent<ClmrEncoder, typeof clmrOptions, readonly ['host', 'dataset']> = defineComponent({
  name: 'clmr',
  description: "CLMR's SampleCNN, from a checkpoint of PyTorch, safetensors or ONNX",
  options: clmrOptions,
  inject: ['host', 'dataset'],
  create: openClmrEncoder,
});
