import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { resolve } from 'node:path';
import { type Clip, type Dataset, type Encoder, type Host, quietHost } from '@refrain/core';
import { seconds } from './cost.ts';
import type { ClipTimesJob, Prepared } from './job.ts';

/** What is used here of the pipeline's own threads that embed. */
interface Assembling {
  assemble(
    plugins: unknown,
    choices: Readonly<Record<string, { readonly use: string; readonly options: object }>>,
    lent: { readonly host: Host },
  ): { get(kind: 'dataset'): Promise<Dataset>; get(kind: 'encoder'): Promise<Encoder>; close(): Promise<void> };
}

interface Loading {
  loadPlugins(names: readonly string[], folder: string): Promise<unknown>;
}

interface Embedding {
  embedGroup(
    jobs: readonly { readonly clip: Clip; readonly contentHash: string | undefined }[],
    embedder: object,
  ): Promise<readonly object[]>;
}

const built = (file: string) => import(new URL(`../../../packages/pipeline/dist/${file}.js`, import.meta.url).href);

/** Of so many clips one is embedded. */
const EVERY = 3;

/**
 * Embeds every third clip of a dataset, one after another, as a thread of `refrain embed` does. Facts: `seconds` of processor time of each, separated by
 * spaces; the means of `bytes` of their files and of the `hashSeconds` that reading and hashing one takes.
 */
export async function prepareClipTimes({ dataset: folder, encoder: encoders }: ClipTimesJob): Promise<Prepared> {
  const { assemble } = (await built('assembly/assemble')) as Assembling;
  const { loadPlugins } = (await built('assembly/loadPlugins')) as Loading;
  const { embedGroup } = (await built('embed/embedClip')) as Embedding;
  const host = quietHost({ workers: 1 });
  const choices = {
    decoder: { use: 'builtin', options: {} },
    dataset: { use: 'magnatagatune', options: { dir: folder } },
    encoder: { use: encoders, options: {} },
  };
  const { get, close } = assemble(await loadPlugins([], folder), choices, { host });
  const [dataset, encoder] = [await get('dataset'), await get('encoder')];
  const embedder = { dataset, encoder, contentHash: async () => undefined, timeLimit: 600, signal: host.signal };
  const clips = dataset.clips.filter((_, at) => at % EVERY === 0);
  // What the first clip alone pays for: code that is loaded and compiled.
  await embedGroup([{ clip: clips[0]!, contentHash: undefined }], embedder);
  return async () => {
    const times: number[] = [];
    for (const clip of clips) {
      const before = process.cpuUsage();
      const [result] = await embedGroup([{ clip, contentHash: undefined }], embedder);
      times.push(seconds(process.cpuUsage(before)));
      if ('reason' in result!) throw new Error(`${clip.path}: ${result.reason}`);
    }
    await close();
    const { bytes, cpu } = await hashed(clips.map(({ path }) => resolve(folder, path)));
    const means = { bytes: bytes / clips.length, hashSeconds: cpu / clips.length };
    return { seconds: times.map((time) => time.toFixed(4)).join(' '), ...means };
  };
}

/** What reading and hashing files takes, as the pipeline does it (`fileHash`): by themselves, when all else is done. */
async function hashed(paths: readonly string[]): Promise<{ readonly bytes: number; readonly cpu: number }> {
  let bytes = 0;
  const before = process.cpuUsage();
  for (const path of paths) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(path)) {
      hash.update(chunk as Uint8Array);
      bytes += (chunk as Uint8Array).length;
    }
    hash.digest();
  }
  return { bytes, cpu: seconds(process.cpuUsage(before)) };
}
