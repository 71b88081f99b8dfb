import { readAudioFile, streamAudioFile } from '@refrain/audio';
import { type Decoder, defineComponent, numberOption, z } from '@refrain/core';

// Raised when the samples that @refrain/audio gives change.
const VERSION = 2;

/** The component `builtin`: what @refrain/audio reads, in WebAssembly, the same on every machine. */
export const builtin = defineComponent({
  name: 'builtin',
  description: 'mp3, flac, ogg (Vorbis or FLAC), wav and au, told by their content; needs nothing else on the machine',
  options: z.object({
    maxSeconds: numberOption((n) => n.positive())
      .default(4 * 3600)
      .describe('longer audio is refused, by its header where that tells'),
  }),
  create: ({ maxSeconds }): Decoder => ({
    name: 'builtin',
    fingerprint: `builtin-${VERSION}`,
    decode: (path, { signal } = {}) => readAudioFile(path, { maxSeconds, signal }),
    stream: (path, options) => streamAudioFile(path, { ...options, maxSeconds }),
  }),
});
