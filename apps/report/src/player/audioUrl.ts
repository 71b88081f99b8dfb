import type { ClipColumns, PageAudio } from '@refrain/pruned-dataset';

/** The URL of a clip's audio, seen from a page at `page`; undefined where there is none. A name holds anything, so each part of its path is encoded. */
export function audioUrl(audio: PageAudio, clips: ClipColumns, place: number, page: string): string | undefined {
  const path = clips.path[place];
  if (audio.from === 'embedded') return audio.embedded?.[place];
  if (path == null || audio.from === 'none') return undefined;
  if (audio.from === 'served') return new URL(`/audio/${place}`, page).href;
  const encoded = path.split('/').map((part) => encodeURIComponent(wellFormed(part)));
  return new URL((audio.base ?? './') + encoded.join('/'), page).href;
}

/** Half a surrogate pair cannot be encoded; no file has one in its name on the systems that write UTF-8. */
function wellFormed(text: string): string {
  return text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
}

/** Why nothing can be played; undefined where something can. */
export function whySilent(audio: PageAudio, clips: ClipColumns): string | undefined {
  if (audio.from !== 'none') return undefined;
  return clips.path.some((path) => path !== null)
    ? 'The audio does not lie where this page could reach it: open the page through Refrain’s own server to hear it.'
    : 'The embeddings came without audio, so there is nothing to hear.';
}
