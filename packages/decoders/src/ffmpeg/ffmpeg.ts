import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { decodeAudio, streamAudio } from '@refrain/audio';
import { ConfigError, type Decoder, defineComponent, messageOf, numberOption, z } from '@refrain/core';
import { FfmpegGroups } from './groups.ts';

// Raised when the way in which ffmpeg is called changes the samples.
const VERSION = 1;

/** The component `ffmpeg`: whatever the user's own ffmpeg reads, by the program on the PATH. */
export const ffmpeg = defineComponent({
  name: 'ffmpeg',
  description: 'every format that the ffmpeg of this machine reads (m4a, opus, wma …); needs the program ffmpeg',
  options: z.object({
    command: z.string().min(1).default('ffmpeg').describe('the program: a name on the PATH, or a path'),
    filesAtOnce: numberOption((n) => n.int().min(1).max(64))
      .default(8)
      .describe('files that one process reads; its start costs more than a clip'),
    maxSeconds: numberOption((n) => n.positive())
      .default(4 * 3600)
      .describe('longer audio is refused'),
  }),
  inject: ['host'],
  // The one on the PATH is the user's own.
  runs: ({ command }) => (command === 'ffmpeg' ? undefined : `the program ${command}`),
  create: async ({ command, filesAtOnce, maxSeconds }, { workers }): Promise<Decoder> => {
    const fingerprint = `ffmpeg-${VERSION} ${await versionOf(command)}`;
    const groups = new FfmpegGroups({ command, filesAtOnce, groups: workers, maxSeconds });
    return {
      name: 'ffmpeg',
      fingerprint,
      filesAtOnce,
      // With the checks of the built-in one.
      decode: async (path, { signal } = {}) =>
        decodeAudio(await groups.read(path, signal), path, { maxSeconds, signal }),
      stream: async (path, { signal } = {}) =>
        streamAudio(await groups.read(path, signal), path, { maxSeconds, signal }),
      close: () => groups.close(),
    };
  },
});

/** The version line, and a hash of all that stands below it: how it was built, and the versions of its libraries. */
async function versionOf(command: string): Promise<string> {
  const text = await versionText(command);
  const [line = ''] = text.split(/\r?\n/);
  if (!line.startsWith('ffmpeg version '))
    throw new ConfigError(
      'decoder.command',
      `decoder.command: "${command} -version" says "${line.slice(0, 80)}", expected "ffmpeg version …". Name the program ffmpeg.`,
    );
  return `${line} (${createHash('sha256').update(text).digest('hex').slice(0, 12)})`;
}

async function versionText(command: string): Promise<string> {
  try {
    return (await promisify(execFile)(command, ['-version'], { windowsHide: true, timeout: 30_000 })).stdout;
  } catch (error) {
    throw new ConfigError(
      'decoder',
      `decoder: the decoder ffmpeg needs the program "${command}", which can't be run here (${messageOf(error).trim()}). Install it (Debian, Ubuntu: apt-get install ffmpeg; macOS: brew install ffmpeg; Windows: winget install ffmpeg), say where it is by decoder.command, or use the decoder builtin.`,
      { cause: error },
    );
  }
}
