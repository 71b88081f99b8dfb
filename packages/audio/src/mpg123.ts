import { MPEGDecoder } from 'mpg123-decoder';

/** An array in the memory of the decoder. */
interface Shared<T> {
  readonly ptr: number;
  readonly len: number;
  readonly buf: T;
}

/**
 * What lies below the interface of the package, which copies every sample three times, makes two channels of one, and takes new memory for
 * each file. Its exact version stands in the catalog.
 */
interface Mpg123Parts {
  _decoder: number;
  readonly _input: Shared<Uint8Array>;
  readonly _output: Shared<Float32Array>;
  readonly _samplesDecodedPtr: Shared<Uint32Array>;
  readonly _sampleRatePtr: Shared<Uint32Array>;
  readonly _errorStringPtr: Shared<Uint32Array>;
  readonly _getErrorMessage: (error: number) => string;
  readonly _common: {
    readonly wasm: {
      mpeg_decoder_feed(decoder: number, input: number, length: number): number;
      mpeg_decoder_read(decoder: number, output: number, length: number, ...found: readonly number[]): number;
      mpeg_frame_decoder_create(decoder: number, isGapless: number): number;
      mpeg_frame_decoder_destroy(decoder: number): void;
    };
  };
}

/** What mpg123 decoded in one go: views of its memory, which the next go changes. */
export interface MpegChunk {
  readonly left: Float32Array;
  /** The same as `left` where there is one channel. */
  readonly right: Float32Array;
  /** Hz. */
  readonly sampleRate: number;
}

// mpg123.h: MPG123_NEW_FORMAT and MPG123_NEED_MORE.
const NEW_FORMAT = -11;
const NEED_MORE = -10;

/** A damaged stream may fail many times, but each time it goes on; what fails so often in a row does not. */
const MOST_FAILURES = 10_000;

/** One that is not in use: starting another costs as much as a fifth of a clip, and takes 17 MB. */
let idle: Mpg123Parts | undefined;

/** mpg123 in WebAssembly, for one stream of MPEG audio. What one stream leaves behind, the next does not find: each has a decoder of its own. */
export class Mpg123 {
  readonly #parts: Mpg123Parts;
  /** What it says of damage, the first time. */
  damage: string | undefined;
  #isWorking = false;

  private constructor(parts: Mpg123Parts) {
    this.#parts = parts;
  }

  /** `isGapless`: whether a LAME tag in the first frame is believed, and the encoder's delay and padding left out. */
  static async open(isGapless: boolean): Promise<Mpg123> {
    let parts = idle;
    idle = undefined;
    if (parts === undefined) {
      const started = new MPEGDecoder();
      await started.ready;
      parts = started as unknown as Mpg123Parts;
    }
    const { wasm } = parts._common;
    wasm.mpeg_frame_decoder_destroy(parts._decoder);
    const made = parts._samplesDecodedPtr;
    const error = wasm.mpeg_frame_decoder_create(made.ptr, isGapless ? 1 : 0);
    if (error !== 0) throw new Error(`mpg123 cannot start: ${parts._getErrorMessage(error)}`);
    parts._decoder = made.buf[0]!;
    return new Mpg123(parts);
  }

  /** What the next bytes of the stream decode to. */
  *decode(bytes: Uint8Array): Generator<MpegChunk> {
    const { _decoder, _input, _common } = this.#parts;
    for (let at = 0; at < bytes.length; at += _input.len) {
      const fed = bytes.subarray(at, at + _input.len);
      _input.buf.set(fed);
      this.#isWorking = true;
      const error = _common.wasm.mpeg_decoder_feed(_decoder, _input.ptr, fed.length);
      this.#isWorking = false;
      if (error !== NEED_MORE) yield* this.#read();
    }
  }

  /** What it can decode of what it was fed. */
  *#read(): Generator<MpegChunk> {
    const { _decoder, _output, _samplesDecodedPtr, _sampleRatePtr, _errorStringPtr, _common } = this.#parts;
    const found = [_samplesDecodedPtr.ptr, _sampleRatePtr.ptr, _errorStringPtr.ptr];
    for (let failures = 0; failures < MOST_FAILURES; ) {
      _samplesDecodedPtr.buf[0] = 0;
      this.#isWorking = true;
      const error = _common.wasm.mpeg_decoder_read(_decoder, _output.ptr, _output.len, ...found);
      this.#isWorking = false;
      const count = _samplesDecodedPtr.buf[0]!;
      if (count > 0) {
        failures = 0;
        const [left, right] = [_output.buf.subarray(0, count), _output.buf.subarray(count, 2 * count)];
        yield { left, right, sampleRate: _sampleRatePtr.buf[0]! };
      }
      if (error === NEED_MORE) return;
      if (error !== 0 && error !== NEW_FORMAT) {
        failures++;
        this.damage ??= this.#parts._getErrorMessage(error);
      }
    }
  }

  /** Leaves it to the next stream, unless it broke down in the middle of its work. */
  close(): void {
    if (!this.#isWorking) idle = this.#parts;
  }
}
