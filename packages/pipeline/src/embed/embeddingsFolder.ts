import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClipGroups, type Matrix, type Split, writeNpyRows } from '@refrain/core';
import { type BadClip, FILES, hasLineBreak, makeFolder, writeJsonLines } from '@refrain/pruned-dataset';

/** One line of clips.jsonl in a folder of embeddings: the clip of the same row of embeddings.npy. */
export interface EmbeddedRecord {
  readonly id: string;
  readonly path: string;
  readonly split: Split;
  readonly content_hash: string | undefined;
  /** SHA-256 of the decoded samples. */
  readonly audio_hash: string | undefined;
  readonly seconds: number | undefined;
  readonly segments: number;
  readonly labels: readonly string[];
  readonly groups?: ClipGroups;
}

/**
 * Writes a folder of embeddings, whole or not at all: embeddings.npy with a row per clip, from one matrix or several, clips.jsonl, ids.txt with one id
 * per line, and bad.jsonl. Where an id does not fit on a line there is no ids.txt, and `notice` is told. `extend` may add to the folder. Returns its absolute path.
 */
export function writeEmbeddings(
  path: string,
  embeddings: readonly Matrix[],
  clips: readonly EmbeddedRecord[],
  bad: readonly BadClip[],
  notice: (message: string) => void,
  extend: (draft: string) => Promise<void> = async () => {},
): Promise<string> {
  return makeFolder(path, async (draft) => {
    await writeNpyRows(join(draft, FILES.embeddings), embeddings[0]?.cols ?? 0, embeddings);
    await writeJsonLines(join(draft, FILES.clips), clips);
    const broken = clips.find(({ id }) => hasLineBreak(id));
    if (broken === undefined) await writeFile(join(draft, FILES.ids), clips.map(({ id }) => `${id}\n`).join(''));
    else
      notice(
        `The id ${JSON.stringify(broken.id)} has a line break in it, so there is no ${FILES.ids}: ids are in ${FILES.clips}.`,
      );
    await writeJsonLines(join(draft, FILES.bad), bad);
    await extend(draft);
  });
}
