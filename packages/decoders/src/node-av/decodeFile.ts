import { TRUST } from '../containers.ts';
import type { AudioFrame, CodecContext, FormatContext, Frame, NodeAv, Packet, Stream } from './api.ts';

// AVMEDIA_TYPE_AUDIO (FFmpeg, libavutil/avutil.h).
const AUDIO = 1;

/** Audio as it was decoded. */
export interface AudioPiece {
  /** The channels in turn. */
  readonly samples: Float32Array;
  readonly channels: number;
  /** Hz. */
  readonly sampleRate: number;
}

/** Samples per piece, about 1 MB. */
const PIECE = 2 ** 18;

/** Frames of another rate in a row that are no damage. */
const CHANGED = 3;

/** The largest piece of memory has 4 GiB, and a header is written before the samples. */
const MOST_SAMPLES = 2 ** 30 - 1024;

/**
 * The first audio stream of a file at its own sample rate, in pieces of at least 2^18 samples but the last; one at least. It has the
 * channels of its first frame. Damaged packets are left out, a file that is cut off gives what is there.
 * Throws an Error with FFmpeg's reason, without a full stop, or where the rate changes within the file, or there is more than `maxSeconds`, or 4 GiB.
 */
export function* decodeFile(av: NodeAv, path: string, maxSeconds: number): Generator<AudioPiece> {
  const container = new av.FormatContext();
  const decoder = new av.CodecContext();
  const [packet, frame] = [new av.Packet(), new av.Frame()];
  try {
    const stream = openStream(av, container, path);
    openDecoder(av, decoder, stream);
    packet.alloc();
    frame.alloc();
    yield* audioPieces(frames({ container, stream, decoder, packet, frame }), maxSeconds);
  } finally {
    frame.free();
    packet.free();
    decoder.freeContext();
    container.closeInputSync();
  }
}

function openStream(av: NodeAv, container: FormatContext, path: string): Stream {
  container.allocContext();
  // With "file:" before it, nothing in a name is taken for a protocol or a pattern.
  check(av, container.openInputSync(`file:${path}`, null, av.Dictionary.fromObject(TRUST)));
  check(av, container.findStreamInfoSync(null));
  const stream = container.streams?.find(({ codecpar }) => codecpar.codecType === AUDIO);
  if (stream === undefined) throw new Error('it holds no audio');
  return stream;
}

function openDecoder(av: NodeAv, decoder: CodecContext, { codecpar, timeBase }: Stream): void {
  const codec = av.Codec.findDecoder(codecpar.codecId);
  if (codec === null) throw new Error('this FFmpeg has no decoder for its audio');
  decoder.allocContext3(codec);
  check(av, decoder.parametersToContext(codecpar));
  decoder.pktTimebase = timeBase;
  // The order in which threads give up on damage is not always the same.
  decoder.threadCount = 1;
  check(av, decoder.open2Sync(codec, null));
}

interface Decoding {
  readonly container: FormatContext;
  readonly stream: Stream;
  readonly decoder: CodecContext;
  readonly packet: Packet;
  readonly frame: Frame;
}

/** All frames, one after the other in the same object. What a decoder refuses is passed over; reading ends at the first error. */
function* frames({ container, stream, decoder, packet, frame }: Decoding): Generator<Frame> {
  function* ready(): Generator<Frame> {
    while (decoder.receiveFrameSync(frame) >= 0) {
      yield frame;
      frame.unref();
    }
  }
  while (container.readFrameSync(packet) >= 0) {
    if (packet.streamIndex === stream.index) {
      decoder.sendPacketSync(packet);
      yield* ready();
    }
    packet.unref();
  }
  decoder.sendPacketSync(null);
  yield* ready();
}

/** What `decodeFile` yields and throws, of the frames of its stream. */
export function* audioPieces(all: Iterable<AudioFrame>, maxSeconds: number): Generator<AudioPiece> {
  let others = 0;
  let first: { readonly sampleRate: number; readonly channels: number } | undefined;
  let [total, length] = [0, 0];
  let parts: Float32Array[] = [];
  for (const frame of all) {
    first ??= { sampleRate: frame.sampleRate, channels: frame.channels };
    const { sampleRate, channels } = first;
    others = frame.sampleRate === sampleRate ? 0 : others + 1;
    if (others === CHANGED)
      throw new Error(`its sample rate changes from ${sampleRate} to ${frame.sampleRate} Hz: split or convert it`);
    if (others > 0) continue;
    parts.push(interleaved(frame, channels));
    length += frame.nbSamples * channels;
    total += frame.nbSamples * channels;
    if (total > Math.min(maxSeconds * sampleRate * channels, MOST_SAMPLES))
      throw new Error(`it holds more than ${maxSeconds} s of audio (decoder.maxSeconds), or more than 4 GiB of it`);
    if (length < PIECE) continue;
    yield { samples: joined(parts, length), sampleRate, channels };
    [parts, length] = [[], 0];
  }
  if (first === undefined || total === 0) throw new Error('it holds no audio, only a header');
  if (length > 0) yield { samples: joined(parts, length), ...first };
}

function check(av: NodeAv, result: number): void {
  if (result < 0) throw new Error(av.FFmpegError.strerror(result));
}

function joined(pieces: readonly Float32Array[], length: number): Float32Array {
  const samples = new Float32Array(length);
  let start = 0;
  for (const piece of pieces) {
    samples.set(piece, start);
    start += piece.length;
  }
  return samples;
}

interface SampleFormat {
  /** Bytes of one sample. */
  readonly width: number;
  read(plane: DataView, offset: number): number;
}

// Integers are divided by 2^(bits−1), as everywhere here. Their bytes stand in the order of the machine, which is little-endian wherever
// node-av is built for.
const uint8: SampleFormat = { width: 1, read: (plane, offset) => (plane.getUint8(offset) - 128) / 128 };
const int16: SampleFormat = { width: 2, read: (plane, offset) => plane.getInt16(offset, true) / 32_768 };
const int32: SampleFormat = { width: 4, read: (plane, offset) => plane.getInt32(offset, true) / 2_147_483_648 };
const float32: SampleFormat = { width: 4, read: (plane, offset) => plane.getFloat32(offset, true) };
const float64: SampleFormat = { width: 8, read: (plane, offset) => plane.getFloat64(offset, true) };

/** By AVSampleFormat (FFmpeg, libavutil/samplefmt.h): first the interleaved formats, then the planar ones. */
const INTERLEAVED: readonly SampleFormat[] = [uint8, int16, int32, float32, float64];

/**
 * The samples of a frame, its `channels` channels in turn. A frame of another number of channels has its mean, summed in float64, in all of
 * them. Throws an Error for 64-bit integers and what FFmpeg may come to add.
 */
export function interleaved(frame: AudioFrame, channels: number): Float32Array {
  const { format, nbSamples } = frame;
  const planar = format >= INTERLEAVED.length;
  const sample = INTERLEAVED[planar ? format - INTERLEAVED.length : format];
  if (sample === undefined) throw new Error(`its sample format, number ${format} of FFmpeg, is not read`);
  const planes = (frame.extendedData ?? []).map((plane) => new DataView(plane.buffer, plane.byteOffset, plane.length));
  if (planes.length < (planar ? frame.channels : 1))
    throw new Error(`FFmpeg gave ${planes.length} of ${frame.channels} channels`);
  const [stride, step] = planar ? [sample.width, 0] : [sample.width * frame.channels, sample.width];
  const read = (i: number, channel: number) => sample.read(planes[planar ? channel : 0]!, i * stride + channel * step);
  const samples = new Float32Array(nbSamples * channels);
  for (let i = 0; i < nbSamples; i++) {
    if (frame.channels === channels) {
      for (let channel = 0; channel < channels; channel++) samples[i * channels + channel] = read(i, channel);
    } else {
      let sum = 0;
      for (let channel = 0; channel < frame.channels; channel++) sum += read(i, channel);
      samples.fill(sum / frame.channels, i * channels, (i + 1) * channels);
    }
  }
  return samples;
}
