import type { NpyRows } from '@refrain/core';
import { rowHash } from '../hashes.ts';
import type { PrunedFolder } from '../records.ts';
import { FILES } from '../records.ts';
import { everyBlock } from './blocks.ts';

/** Names the first clip whose row of embeddings.npy is not the one that its hash was taken of; undefined when there is none. */
export async function checkRows({ clips }: PrunedFolder, embeddings: NpyRows): Promise<string | undefined> {
  for await (const { matrix, start } of everyBlock(embeddings)) {
    for (let i = 0; i < matrix.rows; i++) {
      const clip = clips[start + i]!;
      if (rowHash(matrix, i) !== clip.embedding_hash)
        return `clip ${clip.id}: its row ${start + i} of ${FILES.embeddings} is not the one that was written`;
    }
  }
  return undefined;
}
