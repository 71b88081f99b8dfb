import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import {
  type Abortable,
  type CallableComponent,
  ConfigError,
  defineComponent,
  type Encoder,
  type Host,
  type Matrix,
  messageOf,
  quietHost,
  type SegmentGrid,
  type Waveform,
} from '@refrain/core';
import { onnxruntime, type Session } from '@refrain/onnx';
import { openForeignModel } from '../modelSession.ts';
import { checkedEmbeddings, chunksOf, inOnePiece, segmentStarts, stacked } from '../segments.ts';
import { readModelFile, wrongFile } from './modelFile.ts';
import { describeModel, type ModelSignature, modelSignature, type OnnxOptions, onnxOptions } from './modelSignature.ts';
import { EndlessModelError } from './processSession.ts';

const LARGEST_BATCH = 16;
/**
 * An encoder that runs the ONNX model at `checkpointPath` on windows of the waveform. Throws a ConfigError that names the option
 * or the file when the model can't be used; what nobody said about the model is concluded from it and told through `host.notice`.
 */
export async function openOnnxEncoder(options: Partial<OnnxOptions>, host: Host = quietHost()): Promise<OnnxEncoder> {
  const { checkpointPath: path, provider = 'cpu' } = options;
  if (path === undefined) {
    throw new ConfigError(
      'encoder.checkpointPath',
      'The onnx encoder needs a model: give encoder.checkpointPath, a model that takes a waveform. Without one, use the mfcc encoder.',
    );
  }
  const file = await readModelFile(path);
  const said = await describeModel(path, options, host);
  const session = await openForeignModel(file, path, provider, host);
  try {
    const signature = modelSignature(session, said, path);
    const dim = await probeDim(session, signature, path, host.signal);
    if (signature.inferred.length > 0) host.notice(`${basename(path)}: ${signature.inferred.join(', ')}.`);
    return new OnnxEncoder(session, signature, dim, file.sha256, host.signal);
  } catch (error) {
    await session.close();
    throw error;
  }
}

/**
 * Embeds every window of a clip by a model. A last partial window is dropped; a clip shorter than one window is padded with zeros at
 * its end to one. `openOnnxEncoder` makes it from a file.
 */
export class OnnxEncoder implements Encoder {
  readonly name = 'onnx';
  readonly sampleRate: number;
  readonly dim: number;
  readonly fingerprint: string;
  readonly grid: SegmentGrid;
  readonly usesDevice: boolean;
  readonly #signature: ModelSignature;
  readonly #signal: AbortSignal;
  #session: Session | undefined;

  /** `dim` is the width of the session's output, `sha256` that of the model; the encoder closes the session. */
  constructor(session: Session, signature: ModelSignature, dim: number, sha256: string, signal: AbortSignal) {
    this.#session = session;
    this.#signature = signature;
    this.#signal = signal;
    this.sampleRate = signature.sampleRate;
    this.dim = dim;
    this.usesDevice = session.provider !== 'cpu';
    const { window, hop, sampleRate, input, output } = signature;
    this.grid = { windowSeconds: window / sampleRate, hopSeconds: hop / sampleRate };
    // The provider is part of it: a GPU's reduced precision moves embeddings far more than the last bits.
    const parts = [sha256, window, hop, sampleRate, input, output, session.provider];
    this.fingerprint = `onnx-1-${createHash('sha256').update(JSON.stringify(parts)).digest('hex')}`;
  }

  encode(waveform: Waveform, options?: Abortable): Promise<Matrix> {
    return this.encodeStream(inOnePiece(waveform, this), options);
  }

  async encodeStream(pieces: AsyncIterable<Float32Array>, { signal }: Abortable = {}): Promise<Matrix> {
    const session = this.#session;
    if (session === undefined) throw new Error('This onnx encoder is closed.');
    const { window, hop, batch = LARGEST_BATCH } = this.#signature;
    const parts: Matrix[] = [];
    for await (const samples of chunksOf(pieces, { window, hop, segments: batch }, this.name)) {
      this.#signal.throwIfAborted();
      signal?.throwIfAborted();
      const starts = segmentStarts(samples.length, window, hop);
      const { data } = await embedWindows(session, this.#signature, samples, starts, signal);
      const rows = starts.length;
      parts.push({ rows, cols: this.dim, data: data.subarray(0, rows * this.dim) });
    }
    return checkedEmbeddings(stacked(parts, this.dim), this.name);
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

/**
 * The output for the windows at `starts` as the model gives it: its first size is the batch. Windows that reach past the end, and a
 * fixed batch that is not full, are filled up with zeros.
 */
async function embedWindows(
  session: Session,
  signature: ModelSignature,
  samples: Float32Array,
  starts: Uint32Array,
  signal?: AbortSignal,
) {
  const { Tensor } = await onnxruntime();
  const { window, channel, input, output, batch = starts.length } = signature;
  const windows = new Float32Array(batch * window);
  for (const [row, start] of starts.entries()) windows.set(samples.subarray(start, start + window), row * window);
  const feed = new Tensor('float32', windows, channel ? [batch, 1, window] : [batch, window]);
  const { [output]: result } = await session.run({ [input]: feed }, undefined, signal);
  if (result === undefined) throw new Error(`it gives no float32 numbers as "${output}"`);
  return { data: result.data as Float32Array, dims: result.dims, batch };
}

/** The numbers per window, from a run on zeros: declared shapes are often open, and sometimes wrong. */
async function probeDim(
  session: Session,
  signature: ModelSignature,
  path: string,
  interruption: AbortSignal,
): Promise<number> {
  const { window, output } = signature;
  const { dims, batch } = await embedWindows(session, signature, new Float32Array(0), Uint32Array.of(0)).catch(
    (cause) => {
      interruption.throwIfAborted();
      if (cause instanceof EndlessModelError)
        throw wrongFile(`${path} was tried on ${window} samples: ${cause.message}.`, cause);
      throw new ConfigError(
        'encoder.window',
        `${path} cannot run on a window of ${window} samples (another may do where its input has no fixed length): ${messageOf(cause)}`,
        { cause },
      );
    },
  );
  const [rows, dim = 0, ...rest] = dims;
  if (rows !== batch || dim === 0 || rest.some((size) => size !== 1)) {
    throw new ConfigError(
      'encoder.outputName',
      `The output "${output}" of ${path} has the shape [${dims.join(', ')}] for ${batch} window; expected [${batch}, dim]: one embedding per window.`,
    );
  }
  return dim;
}

/** The component `onnx`. */
export const onnx: CallableComponent<OnnxEncoder, typeof onnxOptions, readonly ['host']> = defineComponent({
  name: 'onnx',
  description: 'an ONNX model that takes a waveform, e.g. CLMR or MusiCNN',
  options: onnxOptions,
  inject: ['host'],
  create: openOnnxEncoder,
});
