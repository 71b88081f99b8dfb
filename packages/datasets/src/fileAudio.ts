import { readAudioFile, streamAudioFile } from '@refrain/audio';
import type { Clip, Dataset, Decoder } from '@refrain/core';

/** What datasets need of a decoder. */
export type FileDecoder = Pick<Decoder, 'decode' | 'stream'>;

/** The built-in decoder with its defaults. */
export const BUILT_IN: FileDecoder = { decode: readAudioFile, stream: streamAudioFile };

/** How the audio of clips is read that are files: as the decoder can. */
export function fileAudio(decoder: FileDecoder): Pick<Dataset, 'readAudio' | 'streamAudio'> {
  return {
    readAudio: ({ path }: Clip, options) => decoder.decode(path, options),
    ...(decoder.stream && { streamAudio: ({ path }: Clip, options) => decoder.stream!(path, options) }),
  };
}

/** A dataset whose audio comes in pieces. */
export type StreamedDataset = Dataset & Required<Pick<Dataset, 'streamAudio'>>;
