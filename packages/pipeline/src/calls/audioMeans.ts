import { ConfigError, DataError, type Dataset, type Executor } from '@refrain/core';
import type { Assembly } from '../assembly/assemble.ts';
import type { AudioMeans } from '../embed/embed.ts';
import type { EmbedThreads } from '../embed/embedWorkers.ts';
import { refuseOutsideAudio } from '../embed/outsideAudio.ts';
import { DEFAULT_COMPONENTS, SHORT_CLIP_ENCODER } from '../options/components.ts';
import type { Run } from '../run.ts';
import type { AudioPlace } from '../serve/audioServer.ts';
import { ownEmbeddingsOf, type Settings } from '../settings.ts';
import { firstRepeated } from '../source/ownEmbeddings.ts';

/** The chosen dataset. Throws a ConfigError where none is chosen, or one whose audio lies where only the user may say so; a DataError where two of its clips have one id. */
export async function datasetOf(assembly: Assembly, settings: Settings): Promise<Dataset> {
  if (settings.choices.dataset === undefined) {
    throw new ConfigError(
      'dataset',
      'No dataset: choose one with `dataset` NAME (and `dataset.dir` DIR), or give own embeddings with `embeddings` FILE.npy. `refrain plugins` lists the datasets.',
    );
  }
  const dataset = await assembly.get('dataset');
  const repeated = firstRepeated(dataset.clips.map((clip) => clip.id));
  if (repeated !== undefined)
    throw new DataError(dataset.name, `Dataset ${dataset.name} has two clips with the id "${repeated}".`);
  const { dir } = assembly.resolved.dataset?.[0]?.options ?? {};
  if (!settings.outsideAudio && typeof dir === 'string') refuseOutsideAudio(dataset, dir);
  return dataset;
}

/** The chosen components that embed. Throws as `datasetOf` does; the encoder is opened when it is asked for. */
export async function audioMeans({ assembly, settings, host }: Run): Promise<AudioMeans> {
  const { maxBad, clipTimeLimit } = settings;
  const executor = await otherExecutor(assembly);
  return {
    dataset: await datasetOf(assembly, settings),
    decoder: await assembly.get('decoder'),
    encoder: async (options) => {
      const choice = assembly.resolved.encoder![0]!;
      if (options !== undefined)
        await assembly.choose('encoder', { ...choice, options: { ...choice.options, ...options } });
      return assembly.get('encoder');
    },
    ...(settings.choices.encoder?.isDefault && {
      encoderForShort: () => assembly.choose('encoder', { use: SHORT_CLIP_ENCODER, options: {} }),
    }),
    own: ownEmbeddingsOf(settings) === undefined ? undefined : settings,
    isAdaptable: settings.choices.encoder?.instance === undefined,
    threads: () => threadsOf(assembly, settings),
    executor,
    serveAudio: audioPlace(settings, executor),
    ...{ maxBad, clipTimeLimit, host },
  };
}

/** The executor, where it is another than the threads of this machine. */
async function otherExecutor(assembly: Assembly): Promise<Executor | undefined> {
  const { use = DEFAULT_COMPONENTS.executor, instance } = assembly.resolved.executor?.[0] ?? {};
  return use === DEFAULT_COMPONENTS.executor && instance === undefined ? undefined : assembly.get('executor');
}

/** Where audio is served. Its token is a secret, so it comes from the environment, or is made at random. */
function audioPlace({ serveAudio }: Settings, executor: Executor | undefined): AudioPlace | undefined {
  if (serveAudio === undefined) return undefined;
  if (executor === undefined)
    throw new ConfigError(
      'serveAudio',
      '`serveAudio` is for workers on other machines, but `executor` is local: leave it out, or name another executor.',
    );
  const end = serveAudio.lastIndexOf(':');
  const host = serveAudio.slice(0, end).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(serveAudio.slice(end + 1)), token: process.env.REFRAIN_AUDIO_TOKEN || undefined };
}

const EMBEDDING = ['decoder', 'dataset', 'encoder'] as const;

/** A component itself cannot be sent to a thread, which finds it by its name among those of the plugins. */
function threadsOf({ resolved, isPortable }: Assembly, { plugins, pluginFolder }: Settings): EmbedThreads | undefined {
  if (!EMBEDDING.every(isPortable)) return undefined;
  const choices = Object.fromEntries(
    EMBEDDING.flatMap((kind) => {
      const { use, options } = resolved[kind]?.[0] ?? {};
      return use === undefined ? [] : [[kind, { use, options }]];
    }),
  );
  return { plugins, pluginFolder, choices };
}
