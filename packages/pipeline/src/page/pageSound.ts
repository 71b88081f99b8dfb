import { ConfigError, type Host, RefrainError } from '@refrain/core';
import type { PageAudio, PruningPage, SoundPicture } from '@refrain/pruned-dataset';
import { ClipFolders } from '../embed/clipFolders.ts';
import { ClipAudio, type PlayableAudio } from '../serve/clipAudio.ts';
import type { PageClips } from './pageClips.ts';
import { soundPicture } from './soundPicture.ts';

/** A picture takes 14 kB of a page, so that these take some 4 MB. */
const MOST_PICTURES = 300;

/** Bytes of audio that a page may hold. */
const MOST_EMBEDDED = 50_000_000;

/** The page with pictures of the sound of clips that go and stay for them, where there are clips. */
export async function withPictures(
  page: PruningPage,
  clips: PageClips | undefined,
  host: Pick<Host, 'signal' | 'progress'>,
): Promise<PruningPage> {
  if (clips === undefined) return page;
  return { ...page, audio: { ...page.audio, pictures: await soundPictures(page.removals, clips, host) } };
}

/**
 * Pictures of the clips that were removed and of their partners, by their places; of those that went with the narrowest margin first, and of at
 * most 300. Clips that cannot be read have none. Throws a FolderGoneError where what they lie in is taken away meanwhile.
 */
export async function soundPictures(
  removals: PruningPage['removals'],
  { dataset, clips }: PageClips,
  { signal, progress: announce }: Pick<Host, 'signal' | 'progress'>,
): Promise<Readonly<Record<number, SoundPicture>>> {
  const places = picturedPlaces(removals).filter((place) => clips[place] !== undefined);
  const pictures: Record<number, SoundPicture> = {};
  if (places.length === 0) return pictures;
  const folders = await ClipFolders.of(places.map((place) => clips[place]!));
  const progress = announce('drawing', places.length, 'clips');
  try {
    for (const place of places) {
      signal.throwIfAborted();
      try {
        pictures[place] = await soundPicture(await dataset.readAudio(clips[place]!, { signal }));
      } catch (error) {
        if (!(error instanceof RefrainError)) throw error;
        await folders.check(clips[place]!);
      }
      progress.advance();
    }
  } finally {
    progress.end();
  }
  return pictures;
}

/** Removals are listed the surest first. */
function picturedPlaces({ clip, partner }: PruningPage['removals']): number[] {
  const places = new Set<number>();
  for (let i = clip.length - 1; i >= 0; i--) {
    const pair = [clip[i]!, partner[i]!].filter((place) => !places.has(place));
    if (places.size + pair.length > MOST_PICTURES) break;
    for (const place of pair) places.add(place);
  }
  return [...places];
}

/**
 * The audio of all clips as data URLs, by their places; clips without audio have none. Throws a ConfigError that names `embedAudio` where they have
 * more than 50 MB.
 */
export async function embeddedAudio(
  { sources }: PageClips,
  { signal }: Pick<Host, 'signal'>,
  most = MOST_EMBEDDED,
): Promise<NonNullable<PageAudio['embedded']>> {
  const audio = new ClipAudio(sources, signal);
  const embedded: Record<number, string> = {};
  let total = 0;
  for (const place of sources.paths.keys()) {
    signal.throwIfAborted();
    const found = await audio.at(place);
    if ('why' in found) continue;
    total += found.size;
    // The rest is only counted.
    const bytes = await bytesOf(found, total <= most);
    embedded[place] = `data:${found.type};base64,${bytes.toString('base64')}`;
  }
  if (total <= most) return embedded;
  throw new ConfigError(
    'embedAudio',
    `\`embedAudio\`: the ${sources.paths.length} clips have ${megabytes(total)} of audio, and a page holds at most ${megabytes(most)}. Leave it out: the page finds audio that lies where it was, and \`serve\` gives it from anywhere.`,
  );
}

async function bytesOf({ content }: PlayableAudio, isRead: boolean): Promise<Buffer> {
  if (content instanceof Uint8Array) return isRead ? Buffer.from(content) : Buffer.alloc(0);
  try {
    return isRead ? await content.readFile() : Buffer.alloc(0);
  } finally {
    await content.close();
  }
}

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;
