import type { NpyRows } from '@refrain/core';
import { checkConstraints } from './certificate/checkConstraints.ts';
import { checkFiles, uncoveredFiles } from './certificate/checkFiles.ts';
import { checkPartition } from './certificate/checkPartition.ts';
import { checkRemovals } from './certificate/checkRemovals.ts';
import { checkRows } from './certificate/checkRows.ts';
import { openFolderEmbeddings } from './read.ts';
import type { PrunedFolder } from './records.ts';
import { FILES } from './records.ts';

/** What a verification found. */
export interface Verification {
  readonly clips: number;
  readonly kept: number;
  readonly removed: number;
  /** The first thing that does not hold, naming the clip; undefined when all holds. */
  readonly failure: string | undefined;
  /** Files of the folder that nothing was checked of. */
  readonly uncovered: readonly string[];
}

/**
 * Recomputes the certificate of a pruned dataset folder from its embeddings: that kept and removed clips make up the train list, that
 * every removed clip has a kept partner in its cluster and group, that their similarity is what is claimed and reaches θ, and that
 * θ follows from the clips' reliability. The first clip that breaks it is named. The embeddings stay on the disk and are read in blocks.
 * All other files are compared with these, or with the hashes in metadata.json. That proves that the folder agrees with itself, not where it is from.
 */
export async function verifyFolder(folder: PrunedFolder, signal?: AbortSignal): Promise<Verification> {
  const embeddings = await openFolderEmbeddings(folder.path);
  try {
    const counts = { clips: folder.clips.length, kept: folder.keep.length, removed: folder.removed.length };
    const failure =
      checkSizes(folder, embeddings) ??
      (await checkRows(folder, embeddings)) ??
      checkPartition(folder) ??
      checkConstraints(folder) ??
      (await checkRemovals(folder, embeddings)) ??
      (await checkFiles(folder, signal));
    return { ...counts, failure, uncovered: await uncoveredFiles(folder) };
  } finally {
    await embeddings.close();
  }
}

function checkSizes({ clips, labels, metadata }: PrunedFolder, embeddings: NpyRows): string | undefined {
  if (labels.length !== clips.length)
    return `${FILES.labels} has ${labels.length} labels for ${clips.length} clips of ${FILES.clips}`;
  if (embeddings.rows !== clips.length)
    return `${FILES.embeddings} has ${embeddings.rows} rows for ${clips.length} clips of ${FILES.clips}`;
  if (metadata.original_size !== clips.length)
    return `${FILES.metadata} says ${metadata.original_size} clips, ${FILES.clips} has ${clips.length}`;
  return undefined;
}
