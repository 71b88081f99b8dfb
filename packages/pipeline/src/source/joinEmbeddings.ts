import { type Clip, DataError, type Dataset, type Host } from '@refrain/core';
import type { BadClip } from '@refrain/pruned-dataset';
import { type AudioMeans, type EmbeddedClip, type EmbeddedClips, refuseTooManyBad } from '../embed/embed.ts';
import type { OwnChoice, Settings } from '../settings.ts';
import { readOwnEmbeddings } from './ownEmbeddings.ts';

/** Embedded clips, and the fingerprint of the encoder; null for own embeddings. */
export interface GivenClips extends EmbeddedClips<EmbeddedClip> {
  readonly fingerprint: string | null;
}

/** So many ids are named of those that fit nothing. */
const NAMED = 5;

/**
 * The `wanted` clips of a dataset with the embeddings that came for them, joined by id: these stand in place of the encoder, and no audio is read. A
 * clip that has none is bad. Throws a DataError where too many are, and where no id fits any clip of the dataset; what fits none is told.
 */
export async function joinEmbeddings(
  wanted: readonly Clip[],
  own: OwnChoice & Partial<Pick<Settings, 'maxMemory'>>,
  { dataset, maxBad, host: { signal, notice } }: Pick<AudioMeans, 'dataset' | 'maxBad' | 'host'>,
): Promise<GivenClips> {
  const { file, clips: found, bad: broken } = await readOwnEmbeddings(own, signal);
  const segmentsOf = new Map(found.map(({ clip, segments }) => [clip.id, segments]));
  const reasonOf = new Map(broken.map(({ id, reason }) => [id, reason]));
  tellSurplus([...segmentsOf.keys(), ...reasonOf.keys()], dataset, file, notice);
  const clips: EmbeddedClip[] = [];
  const bad: BadClip[] = [];
  for (const clip of wanted) {
    const { id, path } = clip;
    const segments = segmentsOf.get(id);
    if (segments !== undefined) clips.push({ clip, segments });
    else bad.push({ id, path, stage: 'encode', reason: reasonOf.get(id) ?? `${file}: no row has its id.` });
  }
  refuseTooManyBad(bad, wanted.length, maxBad);
  return { clips, bad, encoded: 0, workers: {}, fingerprint: null };
}

function tellSurplus(ids: readonly string[], dataset: Dataset, file: string, notice: Host['notice']): void {
  const known = new Set(dataset.clips.map(({ id }) => id));
  const surplus = ids.filter((id) => !known.has(id));
  if (surplus.length === 0) return;
  if (surplus.length === ids.length) {
    throw new DataError(
      file,
      `${file}: none of its ${ids.length} ids is one of dataset ${dataset.name}: the first is "${ids[0]}" there, and ` +
        `"${dataset.clips[0]?.id}" in the dataset. Embeddings and clips are joined by id; \`ids\` or \`idsColumn\` names those of the rows.`,
    );
  }
  const named = surplus.slice(0, NAMED).join(', ');
  notice(
    `${file}: ${surplus.length} of its ${ids.length} ids are of no clip of ${dataset.name} and left out: ${named}${surplus.length > NAMED ? ', …' : ''}.`,
  );
}
