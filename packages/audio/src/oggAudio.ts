import { DataError } from '@refrain/core';
import { joinBytes } from './bytes.ts';
import { type OggStream, oggLinks, oggPackets } from './ogg.ts';
import { changeError } from './waveformChecks.ts';

/** Bytes before `fLaC` in the first packet of FLAC in Ogg (xiph.org/flac, Ogg FLAC mapping). */
const FLAC_MAPPING_LENGTH = 9;

/**
 * The streams of one codec that follow each other in an Ogg file; pictures, texts and indexes beside them are passed over. Throws a DataError
 * for a second audio stream beside the first, and where another codec follows.
 */
export function audioStreams(bytes: Uint8Array, source: string, codec: string): OggStream[] {
  const chosen: OggStream[] = [];
  for (const link of oggLinks(bytes)) {
    const audio = link.filter(({ isAudio }) => isAudio);
    if (audio.length > 1) {
      const names = audio.map((stream) => stream.codec).join(' and ');
      throw new DataError(source, `${source}: holds ${audio.length} audio streams side by side (${names}). Split it.`);
    }
    // Of what is not known it might be audio.
    const stream = audio[0] ?? link.find((other) => other.codec === 'unknown');
    if (stream === undefined) continue;
    if (stream.codec !== codec) throw changeError(source, 'codec', codec, stream.codec);
    chosen.push(stream);
  }
  return chosen;
}

/** FLAC in Ogg as a FLAC file. */
export function flacOfOgg(bytes: Uint8Array, { pages }: OggStream): Uint8Array {
  const packets = [...oggPackets(bytes, pages)].flatMap((page) => page.packets);
  return joinBytes(packets).subarray(FLAC_MAPPING_LENGTH);
}
