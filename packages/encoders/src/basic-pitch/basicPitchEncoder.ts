import {
  type Abortable,
  type CallableComponent,
  defineComponent,
  type Encoder,
  type Host,
  type Matrix,
  quietHost,
  type Waveform,
  z,
  zeros,
} from '@refrain/core';
import { onnxruntime, type Session } from '@refrain/onnx';
import { openModel } from '../modelSession.ts';
import { onnxOptions } from '../onnx-model/modelSignature.ts';
import { checkedEmbeddings, chunksOf, inOnePiece, stacked } from '../segments.ts';
import { basicPitchPath, EMBEDDING_SIZE, readBasicPitch, SAMPLE_RATE, WINDOW } from './basicPitchModel.ts';

const options = z.object({ provider: onnxOptions.shape.provider });

export type BasicPitchOptions = z.output<typeof options>;

/** An encoder with the model that comes with it. */
export async function openBasicPitchEncoder(
  { provider = 'cpu' }: Partial<BasicPitchOptions> = {},
  host: Host = quietHost(),
): Promise<BasicPitchEncoder> {
  const path = basicPitchPath();
  const { bytes, sha256 } = await readBasicPitch(path);
  const session = await openModel(bytes, path, provider, host.notice);
  return new BasicPitchEncoder(session, sha256, host.signal);
}

/**
 * Describes each window of 43,844 samples (1.988 s) by which notes sound in it: the means in time of Basic Pitch's contours (264), notes (88) and
 * onsets (88), 0 … 1. A last partial window is dropped; a clip shorter than a window is padded with zeros to one. `openBasicPitchEncoder` makes it.
 */
export class BasicPitchEncoder implements Encoder {
  readonly name = 'basic-pitch';
  readonly sampleRate = SAMPLE_RATE;
  readonly dim = EMBEDDING_SIZE;
  readonly grid = { windowSeconds: WINDOW / SAMPLE_RATE, hopSeconds: WINDOW / SAMPLE_RATE };
  readonly fingerprint: string;
  readonly usesDevice: boolean;
  readonly #signal: AbortSignal;
  #session: Session | undefined;

  /** `sha256` is that of the session's model; the encoder closes the session. */
  constructor(session: Session, sha256: string, signal: AbortSignal) {
    this.#session = session;
    this.#signal = signal;
    this.usesDevice = session.provider !== 'cpu';
    // A GPU's reduced precision moves embeddings far more than the last bits.
    this.fingerprint = `basic-pitch-1-${session.provider}-${sha256}`;
  }

  encode(waveform: Waveform, options?: Abortable): Promise<Matrix> {
    return this.encodeStream(inOnePiece(waveform, this), options);
  }

  async encodeStream(pieces: AsyncIterable<Float32Array>, { signal }: Abortable = {}): Promise<Matrix> {
    const session = this.#session;
    if (session === undefined) throw new Error('This basic-pitch encoder is closed.');
    const parts: Matrix[] = [];
    // One window at a time: on a processor more at once are no quicker, and take more memory.
    for await (const samples of chunksOf(pieces, { window: WINDOW, hop: WINDOW, segments: 1 }, this.name)) {
      this.#signal.throwIfAborted();
      signal?.throwIfAborted();
      parts.push(await embedWindow(session, samples));
    }
    return checkedEmbeddings(stacked(parts, this.dim), this.name);
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

async function embedWindow(session: Session, samples: Float32Array): Promise<Matrix> {
  const { Tensor } = await onnxruntime();
  const window = zeros(1, WINDOW).data;
  window.set(samples.subarray(0, WINDOW));
  const { embedding } = await session.run({ audio: new Tensor('float32', window, [1, WINDOW]) });
  return { rows: 1, cols: EMBEDDING_SIZE, data: embedding!.data as Float32Array };
}

/** The component `basic-pitch`. */
export const basicPitch: CallableComponent<BasicPitchEncoder, typeof options, readonly ['host']> = defineComponent({
  name: 'basic-pitch',
  description: "which notes sound, by Spotify's Basic Pitch; the model comes with it",
  options,
  inject: ['host'],
  create: openBasicPitchEncoder,
});
