/** What is used of the module `node-av/lib`. Results below 0 are FFmpeg's errors. */
export interface NodeAv {
  readonly FormatContext: new () => FormatContext;
  readonly CodecContext: new () => CodecContext;
  readonly Packet: new () => Packet;
  readonly Frame: new () => Frame;
  readonly Codec: { findDecoder(id: number): object | null };
  readonly Dictionary: { fromObject(entries: Readonly<Record<string, string>>): object };
  readonly FFmpegError: { strerror(code: number): string };
  readonly Log: { setLevel(level: number): void };
  getFFmpegInfo(): { readonly version: string };
}

export interface FormatContext {
  readonly streams: readonly Stream[] | null;
  allocContext(): void;
  openInputSync(url: string, format: null, options: object): number;
  findStreamInfoSync(options: null): number;
  readFrameSync(packet: Packet): number;
  closeInputSync(): void;
}

export interface Stream {
  readonly index: number;
  readonly timeBase: object;
  readonly codecpar: { readonly codecType: number; readonly codecId: number };
}

export interface CodecContext {
  threadCount: number;
  pktTimebase: object;
  allocContext3(codec: object): void;
  parametersToContext(parameters: Stream['codecpar']): number;
  open2Sync(codec: object, options: null): number;
  sendPacketSync(packet: Packet | null): number;
  receiveFrameSync(frame: Frame): number;
  freeContext(): void;
}

export interface Packet {
  readonly streamIndex: number;
  alloc(): void;
  unref(): void;
  free(): void;
}

export interface Frame extends AudioFrame {
  alloc(): void;
  unref(): void;
  free(): void;
}

/** Decoded audio: one plane per channel, or one with all channels interleaved, as `format` says. */
export interface AudioFrame {
  /** AVSampleFormat. */
  readonly format: number;
  /** Hz. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Samples per channel. */
  readonly nbSamples: number;
  /** The planes. */
  readonly extendedData: readonly Uint8Array[] | null;
}
