import { rm } from 'node:fs/promises';
import {
  type Alive,
  type AudioReader,
  type Clip,
  ConfigError,
  type Dataset,
  type Decoder,
  type Encoder,
  type JobTask,
  type OpenedTask,
  refusal,
  type TaskMeans,
} from '@refrain/core';
import { type BadClip, contentHasher } from '@refrain/pruned-dataset';
import { type Assembly, assemble, type Choice } from '../assembly/assemble.ts';
import { refuseOtherPrograms } from '../assembly/refuseUnasked.ts';
import { type NewClip, PartFolder } from '../cache/partFolder.ts';
import type { TaskPlugins } from '../work/taskPlugins.ts';
import { CompositeEncoder } from './compositeEncoder.ts';
import { type ClipEmbedder, type Embedded, type EmbedJob, embedGroup } from './embedClip.ts';
import {
  asJson,
  type ClipReference,
  clipOf,
  EMBED,
  type EmbedOutput,
  readJob,
  readRecipe,
  requirements,
} from './embedRecipe.ts';
import { ServedAudio } from './servedAudio.ts';

/** Embeds the clips of jobs: puts the embeddings into the cache as parts, and answers with their names. */
export function embedTask(given: TaskPlugins): JobTask {
  return { name: EMBED, open: ({ input }, means) => openEmbedding(readRecipe(input), given, means) };
}

async function openEmbedding(
  { components, clipTimeLimit, audio }: ReturnType<typeof readRecipe>,
  { plugins, paths }: TaskPlugins,
  { host, store }: TaskMeans,
): Promise<OpenedTask> {
  if (paths !== undefined) refuseOtherPrograms(plugins, components);
  const here = async ({ use, options }: Choice): Promise<Choice> => ({
    use,
    options: (await paths?.options(options)) ?? options,
  });
  const [decoder, encoder] = [await here(components.decoder), await here(components.encoder)];
  // Told by the names that its options have where the run began: a reader opens nothing that they name.
  const assembly = assemble(plugins, { decoder, encoder, dataset: components.dataset }, { host, store });
  try {
    const reader = await assembly.audioReader(components.dataset);
    const open = async () => {
      if (paths !== undefined) await assembly.choose('dataset', await here(components.dataset));
      return assembly.get('dataset');
    };
    const clips =
      audio !== undefined
        ? servedClips(reader, new ServedAudio(audio, host))
        : reader === undefined
          ? clipsIn(await open())
          : referredClips(reader, paths);
    return await openedWith(clips, assembly, clipTimeLimit, host);
  } catch (error) {
    await assembly.close();
    throw error;
  }
}

/** The clips that references mean, and what reads them. */
interface Clips {
  readonly dataset: AudioReader;
  of(reference: ClipReference, alive: Alive): Promise<Clip>;
  /** Gives back what it took to have them here. */
  done?(clips: readonly Clip[]): Promise<void>;
}

function referredClips(dataset: AudioReader, paths: TaskPlugins['paths']): Clips {
  return { dataset, of: async (reference) => clipOf(reference, (await paths?.here(reference.path)) ?? reference.path) };
}

function servedClips(dataset: AudioReader | undefined, served: ServedAudio): Clips {
  if (dataset === undefined)
    throw new ConfigError(
      'serveAudio',
      '`serveAudio`: this dataset can only be read as a whole, so workers have to see its files themselves.',
    );
  return {
    dataset,
    of: async (reference, alive) => {
      const { id, path, contentHash } = reference;
      return clipOf(reference, await served.fetch(contentHash, path, () => alive(`fetch ${id}`)));
    },
    done: async (clips) => {
      for (const { path } of clips) await rm(path, { force: true });
    },
  };
}

function clipsIn(dataset: Dataset): Clips {
  const byId = new Map(dataset.clips.map((clip) => [clip.id, clip]));
  return {
    dataset,
    of: async ({ id }) => {
      const clip = byId.get(id);
      if (clip === undefined)
        throw refusal(dataset.name, `has no clip "${id}" here: it is another dataset than where the run began.`);
      return clip;
    },
  };
}

async function openedWith(
  clips: Clips,
  assembly: Assembly,
  timeLimit: number,
  host: TaskMeans['host'],
): Promise<OpenedTask> {
  const [decoder, encoder] = [await assembly.get('decoder'), await assembly.get('encoder')];
  const { dataset } = clips;
  const embedder = { dataset, encoder, contentHash: contentHasher(dataset), timeLimit, signal: host.signal };
  const folders = partFolders(decoder, encoder, host);
  return {
    has: requirements(decoder, encoder),
    perform: async (input, alive) => {
      const references = readJob(input);
      const results: Embedded[] = [];
      const size = decoder.filesAtOnce ?? 1;
      for (let at = 0; at < references.length; at += size) {
        results.push(...(await embedSome(references.slice(at, at + size), clips, embedder, alive)));
      }
      return asJson(answered(references, results, await put(results, folders)));
    },
    close: () => assembly.close(),
  };
}

/** What becomes of some clips that are read at once. */
async function embedSome(
  references: readonly ClipReference[],
  clips: Clips,
  embedder: ClipEmbedder,
  alive: Alive,
): Promise<readonly Embedded[]> {
  const group: EmbedJob[] = [];
  try {
    for (const reference of references) {
      const { contentHash, parts } = reference;
      group.push({ clip: await clips.of(reference, alive), contentHash, parts });
    }
    const onStage = (stage: BadClip['stage']) => alive(`${stage} ${references[0]!.id}`);
    const embedded = await embedGroup(group, { ...embedder, onStage });
    for (const [i, result] of embedded.entries()) await refuseUnreadable(group[i]!, result, embedder);
    return embedded;
  } finally {
    await clips.done?.(group.map(({ clip }) => clip));
  }
}

/** A clip that can be read where the run began, and not here at all, is not bad: somebody else may read it. */
async function refuseUnreadable(
  { clip }: EmbedJob,
  result: Embedded,
  { contentHash }: Pick<ClipEmbedder, 'contentHash'>,
): Promise<void> {
  if (!('reason' in result) || (await contentHash(clip)) !== undefined) return;
  throw refusal(
    clip.path,
    'cannot be read by this worker, though it could where the run began. Does it see the same files?',
  );
}

/** Where each part of the encoder keeps what it gives. */
function partFolders(
  decoder: Decoder,
  encoder: Encoder,
  { cacheDir, notice }: TaskMeans['host'],
): readonly PartFolder[] {
  const encoders = encoder instanceof CompositeEncoder ? encoder.parts : [encoder];
  return encoders.map((part) => new PartFolder(cacheDir, { decoder, encoder: part }, notice));
}

/** Puts what was embedded into the folders, and returns the name of what each has now. */
function put(results: readonly Embedded[], folders: readonly PartFolder[]): Promise<(string | null)[]> {
  const embedded = results.filter((result): result is NewClip => !('reason' in result));
  return Promise.all(
    folders.map(async (folder, at) => {
      const clips = embedded.flatMap(({ parts, ...clip }): NewClip[] => {
        if (parts === undefined) return [clip];
        return parts.flatMap(({ part, segments }) => (part === at ? [{ ...clip, segments }] : []));
      });
      return clips.length === 0 ? null : (await folder.put(clips)).part;
    }),
  );
}

/** The answer to a job: with the paths that clips have where the run began. */
function answered(
  references: readonly ClipReference[],
  results: readonly Embedded[],
  parts: EmbedOutput['parts'],
): EmbedOutput {
  return {
    parts,
    clips: results.map((result, i) => {
      if (!('reason' in result)) return null;
      const { stage, reason, path, changed = false } = result;
      return { stage, reason: reason.replaceAll(path, references[i]!.path), changed };
    }),
  };
}
