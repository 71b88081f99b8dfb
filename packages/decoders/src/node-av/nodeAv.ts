import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError, type Decoder, defineComponent, startProcess, z } from '@refrain/core';
import { maxSecondsOption, shortHash, wavDecoder } from '../call.ts';
import { ChildQueue, DecoderChild } from './childQueue.ts';

// Raised when the way in which node-av is used changes the samples.
const VERSION = 2;
const SILENT_SECONDS = 60;

const options = z.object({ maxSeconds: maxSecondsOption() });

/** The component `node-av`: whatever the FFmpeg in the package node-av reads, which the user has installed beside the run. */
export const nodeAv = defineComponent({
  name: 'node-av',
  description:
    "every format that FFmpeg reads, in a process of its own; needs the package node-av, which isn't ours to ship (GPL)",
  options,
  runs: () => 'the package node-av of the working directory',
  create: (given): Promise<Decoder> => openNodeAv(given, process.cwd()),
});

/**
 * The decoder `node-av`, with the package as a module in `folder` finds it.
 * Throws a ConfigError where there is none, or it can't be loaded: both with what to do.
 */
export async function openNodeAv({ maxSeconds }: z.output<typeof options>, folder: string): Promise<Decoder> {
  const module = moduleUrl(folder);
  const start = () => {
    const child = startProcess(import.meta.url, './child');
    // A child that could not be started says so itself.
    child.send(module, () => {});
    return new DecoderChild(child, SILENT_SECONDS);
  };
  const fingerprint = `node-av-${VERSION} ${await versionOf(start())}`;
  const queue = new ChildQueue(start, maxSeconds);
  return {
    name: 'node-av',
    fingerprint,
    ...wavDecoder((path, signal) => queue.read(path, signal), maxSeconds),
    close: () => queue.close(),
  };
}

function moduleUrl(folder: string): string {
  try {
    return pathToFileURL(createRequire(join(folder, 'here.js')).resolve('node-av/lib')).href;
  } catch (cause) {
    throw new ConfigError(
      'decoder',
      `decoder: the decoder node-av needs the package node-av, which ${folder} does not have. Install it there by npm, which needs none of its install scripts. It holds an FFmpeg with GPL parts: use it, but do not pass it on with a work under another licence. Or use the decoder ffmpeg or builtin.`,
      { cause },
    );
  }
}

/** The version of FFmpeg, and a hash of how it was built and of the versions of its libraries. */
async function versionOf(child: DecoderChild): Promise<string> {
  try {
    const reply = await child.ready;
    if ('ready' in reply) {
      const { version } = JSON.parse(reply.ready) as { version: string };
      return `FFmpeg ${version} (${shortHash(reply.ready)})`;
    }
    const why = 'failed' in reply ? reply.failed : 'died' in reply ? reply.died : 'unexpected answer';
    throw new ConfigError(
      'decoder',
      `decoder: the package node-av is here but can't be loaded: ${why.trim()}. Install it again, or use the decoder ffmpeg or builtin.`,
    );
  } finally {
    child.kill();
    await child.gone;
  }
}
