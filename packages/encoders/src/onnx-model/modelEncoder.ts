import { createHash } from 'node:crypto';
import { inOnePiece } from '@refrain/audio';
import {
  type Abortable,
  type Encoder,
  type Host,
  type Matrix,
  messageOf,
  type SegmentGrid,
  type Waveform,
} from '@refrain/core';
import { type ExecutionProvider, onnxruntime, openSession, type Session } from '@refrain/onnx';
import { checkedEmbeddings, chunksOf, segmentStarts, stacked } from '../segments.ts';
import { hasLargeKernels, type ModelFile, wrongFile } from './modelFile.ts';
import type { ModelSignature } from './modelSignature.ts';
import { openProcessSession } from './processSession.ts';

// Each before those that stand in for it.
const PROVIDERS: readonly ExecutionProvider[] = ['cuda', 'webgpu', 'cpu'];

/** A model's file, where it is, and whether the graph in it is someone else's. */
export interface OpenedModel extends ModelFile {
  readonly path: string;
  readonly isForeign: boolean;
}

/**
 * Opens a model on a provider or one that stands in for it. A graph that someone else made runs in a process of its own, which is ended where the
 * graph does not come to an end. Throws a ConfigError that names the file when onnxruntime cannot load it, the reason of the host's signal.
 */
export async function openModel(
  { bytes, sha256, path, isForeign }: OpenedModel,
  provider: ExecutionProvider,
  { notice, signal }: Pick<Host, 'notice' | 'signal'>,
): Promise<Session> {
  const providers = PROVIDERS.slice(PROVIDERS.indexOf(provider));
  try {
    // Several clips at once, in threads of the runner, are quicker than several threads for one.
    if (!isForeign) return await openSession(bytes, { providers, threads: 1, notice: (text) => notice(text) });
    const layout = hasLargeKernels(bytes) ? 'plain' : 'blocked';
    return await openProcessSession({ path, sha256, size: bytes.length, layout }, { providers, notice, signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw wrongFile(`onnxruntime cannot load ${path}: ${messageOf(cause)}`, cause);
  }
}

/** What an encoder needs of a session. */
export type RunningSession = Pick<Session, 'provider' | 'run' | 'close'>;

/** A session on the processor that is opened when it is first run: who finds all clips in the cache only wants to know what the encoder is. */
export function openedWhenRun(open: () => Promise<Session>): RunningSession {
  let opened: Promise<Session> | undefined;
  return {
    provider: 'cpu',
    async run(...given) {
      opened ??= open();
      return (await opened).run(...given);
    },
    async close() {
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}

/** What an encoder is, apart from its session. */
export interface ModelDetails extends Required<Pick<Encoder, 'name' | 'sampleRate' | 'dim' | 'grid'>> {
  /** What makes its embeddings what they are, besides the provider: the fingerprint is a hash of it. */
  readonly identity: readonly unknown[];
}

/** A clip on its way through a session. */
export interface ClipRun {
  readonly session: RunningSession;
  readonly pieces: AsyncIterable<Float32Array>;
  /** They end it, the last one within a run of the model too. */
  readonly signals: readonly AbortSignal[];
}

/** Embeds a clip. */
type Embed = (clip: ClipRun) => Promise<Matrix>;

/** An encoder whose embeddings a model makes. `openClmrEncoder` and `openOnnxEncoder` make it from a file. */
export class ModelEncoder implements Encoder {
  readonly name: string;
  readonly sampleRate: number;
  readonly dim: number;
  readonly grid: SegmentGrid;
  readonly fingerprint: string;
  readonly usesDevice: boolean;
  readonly #embed: Embed;
  readonly #signal: AbortSignal;
  #session: RunningSession | undefined;

  /** The encoder closes the session; `signal` ends what it does. */
  constructor(
    session: RunningSession,
    { name, sampleRate, dim, grid, identity }: ModelDetails,
    embed: Embed,
    signal: AbortSignal,
  ) {
    this.name = name;
    this.sampleRate = sampleRate;
    this.dim = dim;
    this.grid = grid;
    // The provider is part of it: a GPU's reduced precision moves embeddings far more than the last bits.
    const parts = JSON.stringify([...identity, session.provider]);
    this.fingerprint = `${name}-1-${createHash('sha256').update(parts).digest('hex')}`;
    this.usesDevice = session.provider !== 'cpu';
    this.#embed = embed;
    this.#signal = signal;
    this.#session = session;
  }

  encode(waveform: Waveform, options?: Abortable): Promise<Matrix> {
    return this.encodeStream(inOnePiece(waveform, this), options);
  }

  async encodeStream(pieces: AsyncIterable<Float32Array>, { signal }: Abortable = {}): Promise<Matrix> {
    if (this.#session === undefined) throw new Error(`This ${this.name} encoder is closed.`);
    const signals = signal === undefined ? [this.#signal] : [this.#signal, signal];
    return checkedEmbeddings(await this.#embed({ session: this.#session, pieces, signals }), this.name);
  }

  async close(): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  }
}

/** How windows of a clip are put together. */
export interface Windows {
  /** The encoder's name, for messages. */
  readonly name: string;
  /** The most that go through the model at once. */
  readonly atOnce: number;
  /** Whether a last partial window is filled up with zeros; it is dropped otherwise. */
  readonly padLast?: boolean;
}

/** How the windows of a clip are fed to a session. */
export type WindowSignature = Pick<ModelSignature, 'input' | 'output' | 'channel' | 'batch' | 'window' | 'hop'>;

/**
 * The embeddings of a clip's windows, each by itself: windows × dim. A clip shorter than a window is filled up with zeros to one. An abort is
 * thrown between two batches, a DataError for a clip without a sample, or with one that is not finite.
 */
export async function embedWindows(
  { session, pieces, signals }: ClipRun,
  signature: WindowSignature,
  { name, atOnce, padLast = false }: Windows,
): Promise<Matrix> {
  const { window, hop } = signature;
  const parts: Matrix[] = [];
  for await (const chunk of chunksOf(pieces, { window, hop, segments: atOnce, rest: padLast }, name)) {
    for (const signal of signals) signal.throwIfAborted();
    const starts = segmentStarts(padLast ? Math.ceil(chunk.length / window) * window : chunk.length, window, hop);
    const windows = new Float32Array(starts.length * window);
    for (const [row, start] of starts.entries()) windows.set(chunk.subarray(start, start + window), row * window);
    const { data } = await runModel(session, signature, windows, window, signals.at(-1));
    parts.push({ rows: starts.length, cols: data.length / starts.length, data });
  }
  return stacked(parts, parts[0]!.cols);
}

/**
 * What the model gives for waveforms of `length` samples, one after another in `samples`; zeros fill up a fixed batch that is not full. `dims`
 * are those of the output for all of the batch. Throws an Error where there is no such output.
 */
export async function runModel(
  session: RunningSession,
  { input, output, channel, batch: fixed }: Omit<WindowSignature, 'window' | 'hop'>,
  samples: Float32Array,
  length: number,
  signal?: AbortSignal,
) {
  const { Tensor } = await onnxruntime();
  const count = samples.length / length;
  const batch = fixed ?? count;
  let filled = samples;
  if (batch > count) {
    filled = new Float32Array(batch * length);
    filled.set(samples);
  }
  const feed = new Tensor('float32', filled, channel ? [batch, 1, length] : [batch, length]);
  const { [output]: result } = await session.run({ [input]: feed }, undefined, signal);
  if (result === undefined) throw new Error(`it gives no float32 numbers as "${output}"`);
  const values = result.data as Float32Array;
  return { data: values.subarray(0, (values.length / batch) * count), dims: result.dims, batch };
}
