import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { setImmediate } from 'node:timers/promises';
import { inOnePiece } from '@refrain/audio';
import {
  type Abortable,
  DataError,
  defineComponent,
  type Encoder,
  type Matrix,
  messageOf,
  PluginError,
  type Waveform,
  z,
  zeros,
} from '@refrain/core';
import type { MainModule } from '@unimusic/chromaprint/dist/chromaprint.js';
import { type ChunkShape, chunksOf } from '../segments.ts';

/** Bits of a sub-fingerprint, and so numbers in a row. */
const BITS = 32;

// Chromaprint resamples everything to this rate; audio that has it already is taken as it is.
const SAMPLE_RATE = 11_025;

/** From one sub-fingerprint to the next: a third of Chromaprint's frames of 4096 samples, rounded down. */
export const SUB_FINGERPRINT_SECONDS = 1365 / SAMPLE_RATE;

/** Seconds that one describes: a frame, 4 hops of smoothing and 15 of context. */
export const SUB_FINGERPRINT_SPAN = (4096 + 19 * 1365) / SAMPLE_RATE;

// Samples after which the event loop gets a turn, and can abort: some 6 s of audio.
const SAMPLES_PER_TURN = 65_536;

const CHUNKS: ChunkShape = { window: SAMPLES_PER_TURN, hop: SAMPLES_PER_TURN, segments: 1, rest: true };

const INT16 = 32_768;

/**
 * Chromaprint takes integers and leaves out what is very quiet, so a quiet clip is fingerprinted louder: as loud as the greatest of these makes it without
 * clipping. How loud a clip is, is known at its end; until then there is a fingerprint for each that does not clip.
 */
const GAINS = [1, 8, 64, 512];

/**
 * The acoustic fingerprint of a clip by Chromaprint (Lukáš Lalinský's AcoustID), one row per sub-fingerprint of 32 bits: +1 where a bit
 * is set and −1 where not, bit 0 first. So the inner product of two rows is 32 · (1 − 2 · bit error rate). Row i describes the 2.7 s
 * (30,031 samples) from sample 1365·i on; rows follow each other by 0.124 s. A clip that is too short for one has a single row of zeros.
 * Samples beyond ±1 are clipped, since Chromaprint takes integers of 16 bits.
 */
export class ChromaprintEncoder implements Encoder {
  readonly name = 'chromaprint';
  readonly sampleRate = SAMPLE_RATE;
  readonly dim = BITS;
  // The first number counts changes of what is done around the library.
  readonly fingerprint = `chromaprint-2-${chromaprintVersion()}-${ALGORITHM}`;

  encode(waveform: Waveform, options?: Abortable): Promise<Matrix> {
    return this.encodeStream(inOnePiece(waveform, this), options);
  }

  async encodeStream(pieces: AsyncIterable<Float32Array>, { signal }: Abortable = {}): Promise<Matrix> {
    signal?.throwIfAborted();
    return asRows(await subFingerprints(await loadChromaprint(), chunksOf(pieces, CHUNKS, this.name), signal));
  }
}

/** A fingerprint in the making. */
interface Context {
  readonly gain: number;
  readonly pointer: number;
}

/** Each clip has its own contexts, so that clips encoded beside each other do not meet. */
async function subFingerprints(chromaprint: Chromaprint, chunks: AsyncIterable<Float32Array>, signal?: AbortSignal) {
  const contexts: Context[] = [];
  const buffer = chromaprint._malloc(SAMPLES_PER_TURN * Int16Array.BYTES_PER_ELEMENT);
  try {
    if (buffer === 0) throw failed('memory');
    for (const gain of GAINS) contexts.push({ gain, pointer: started(chromaprint) });
    for await (const chunk of chunks) {
      await setImmediate();
      signal?.throwIfAborted();
      const loudest = 1 / chunk.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
      while (contexts.length > 1 && contexts.at(-1)!.gain > loudest)
        chromaprint._chromaprint_free(contexts.pop()!.pointer);
      for (const { gain, pointer } of contexts) {
        chromaprint.HEAP16.set(asInt16(chunk, gain), buffer / Int16Array.BYTES_PER_ELEMENT);
        if (!chromaprint._chromaprint_feed(pointer, buffer, chunk.length)) throw failed('feed');
      }
    }
    const { pointer } = contexts.at(-1)!;
    if (!chromaprint._chromaprint_finish(pointer)) throw failed('finish');
    return rawFingerprint(chromaprint, pointer);
  } finally {
    chromaprint._free(buffer);
    for (const { pointer } of contexts) chromaprint._chromaprint_free(pointer);
  }
}

function started(chromaprint: Chromaprint): number {
  const pointer = chromaprint._chromaprint_new(ALGORITHM);
  if (pointer === 0) throw failed('memory');
  if (chromaprint._chromaprint_start(pointer, SAMPLE_RATE, 1)) return pointer;
  chromaprint._chromaprint_free(pointer);
  throw failed('start');
}

function asInt16(samples: Float32Array, gain: number): Int16Array {
  const integers = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++)
    integers[i] = Math.max(-INT16, Math.min(INT16 - 1, Math.round(samples[i]! * gain * INT16)));
  return integers;
}

/** A copy of the sub-fingerprints of a finished context. */
function rawFingerprint(chromaprint: Chromaprint, context: number): Int32Array {
  const answer = chromaprint._malloc(2 * Int32Array.BYTES_PER_ELEMENT);
  if (answer === 0) throw failed('memory');
  try {
    if (!chromaprint._chromaprint_get_raw_fingerprint(context, answer, answer + Int32Array.BYTES_PER_ELEMENT))
      throw failed('get_raw_fingerprint');
    const { HEAP32 } = chromaprint;
    const [items, count] = [HEAP32[answer / 4]!, HEAP32[answer / 4 + 1]!];
    const copy = HEAP32.slice(items / 4, items / 4 + count);
    chromaprint._free(items);
    return copy;
  } finally {
    chromaprint._free(answer);
  }
}

function asRows(values: Int32Array): Matrix {
  if (values.length === 0) return zeros(1, BITS);
  const rows = zeros(values.length, BITS);
  for (const [row, value] of values.entries())
    for (let bit = 0; bit < BITS; bit++) rows.data[row * BITS + bit] = (value >>> bit) & 1 ? 1 : -1;
  return rows;
}

function failed(step: string): DataError {
  return new DataError('chromaprint', `Chromaprint failed (${step}): leave acoustic fingerprints out, or report it.`);
}

/** The component `chromaprint`. */
export const chromaprint = defineComponent({
  name: 'chromaprint',
  description:
    'acoustic fingerprint (Chromaprint), 32 bits as ±1 every 0.124 s: to find recordings again, not to cluster',
  options: z.object({}),
  create: () => new ChromaprintEncoder(),
});

const PACKAGE = '@unimusic/chromaprint';

/** CHROMAPRINT_ALGORITHM_TEST2, the library's default and the one AcoustID is built on. */
const ALGORITHM = 1;

/**
 * Chromaprint's C interface. Pointers are offsets in bytes; functions that can fail give 0 when they do. Its views of the memory are of the memory as it
 * is now: any call into the module may replace them, so they are taken anew after each.
 */
type Chromaprint = MainModule;

/** The installed version of the package that brings Chromaprint. Throws a PluginError where it is not installed. */
function chromaprintVersion(): string {
  try {
    return createRequire(import.meta.url)(`${PACKAGE}/package.json`).version;
  } catch (error) {
    throw notLoaded(error);
  }
}

let loading: Promise<Chromaprint> | undefined;

/** Chromaprint, one instance for the thread, loaded by the first call. Throws a PluginError that names its package where it can't be. */
function loadChromaprint(): Promise<Chromaprint> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw notLoaded(error);
  });
  return loading;
}

async function load(): Promise<Chromaprint> {
  const { default: factory } = await import('@unimusic/chromaprint/dist/chromaprint.js');
  const wasmBinary = await readFile(createRequire(import.meta.url).resolve(`${PACKAGE}/dist/chromaprint.wasm`));
  return await asInBrowser(() => factory({ wasmBinary }));
}

/**
 * What `start` gives. The module was compiled for browsers and looks, before its first await, for a global that only they have: it is
 * there while `start` runs, and gone before anything else could see it.
 */
function asInBrowser(start: () => Promise<MainModule>): Promise<MainModule> {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WorkerGlobalScope');
  if (before !== undefined) return start();
  Object.defineProperty(globalThis, 'WorkerGlobalScope', { configurable: true, value: Object });
  try {
    return start();
  } finally {
    Reflect.deleteProperty(globalThis, 'WorkerGlobalScope');
  }
}

function notLoaded(cause: unknown): PluginError {
  return new PluginError(
    PACKAGE,
    `The chromaprint encoder needs the package ${PACKAGE}, which can't be loaded: ${messageOf(cause)}. Install it again, ` +
      'or leave acoustic fingerprints out.',
    { cause },
  );
}
