import { onGrid, REMOVAL_LEVELS } from '@refrain/core';
import type { PrunedFolder } from '../read.ts';
import { datasetName } from '../read.ts';
import { clipColumns } from './clipColumns.ts';
import { evaluationTables } from './evaluationTables.ts';
import { audioBeside } from './pageAudio.ts';
import type { ClusterBar, PageAudio, PruningPage, RemovalColumns } from './pageData.ts';
import { readCommand, readProjection, readSweeps } from './pageFiles.ts';

/** What a page needs to know besides the folder. */
export interface PageMeans {
  /** The folder in which the page will lie, where that is not the one that is read: it may be a draft still. */
  readonly place?: string;
  /** Where audio is found; default: beside the page, where the files of the clips are there. */
  readonly audio?: PageAudio;
}

/**
 * What the page of a pruned dataset folder shows, from its files alone. Throws a DataError that names the file which is broken. Figures are those
 * of the files, to the digit; but for reliabilities, which are rounded to 4 digits, and lengths, to 3.
 */
export async function pruningPage(folder: PrunedFolder, means: PageMeans = {}): Promise<PruningPage> {
  const { path, metadata, clips } = folder;
  const projection = await readProjection(folder);
  const command = await readCommand(folder);
  const evaluation = await evaluationTables(path);
  const similarities = histograms(folder);
  const { space } = folder;
  return {
    format: 1,
    kind: 'pruning',
    name: datasetName(metadata),
    ...(command !== undefined && { command }),
    settings: metadata.settings,
    versions: metadata.versions,
    files: metadata.files,
    encoderFingerprint: metadata.encoder_fingerprint,
    timings: metadata.timings_s,
    rule: metadata.rule,
    ...(space && {
      space: {
        columns: space.columns.length,
        ...(space.whitening && {
          shrinkage: space.whitening.shrinkage,
          effectiveRank: space.whitening.effectiveRank,
          segments: space.whitening.segments,
        }),
      },
    }),
    sizes: {
      original: metadata.original_size,
      kept: metadata.pruned_size,
      silent: metadata.silent.length,
      short: metadata.short.length,
      bad: folder.bad.length,
    },
    clips: clipColumns(folder, projection),
    removals: removalColumns(folder),
    clusters: clusterBars(folder),
    ...(similarities && { similarities }),
    ...(await readSweeps(folder)),
    ...(evaluation && { evaluation }),
    audio: means.audio ?? (await audioBeside(clips, means.place ?? path)),
  };
}

/** By how sure it is that they could go: stronger reasons first, then by how far above what was asked for the similarity is. */
function removalColumns({ clips, removed }: PrunedFolder): RemovalColumns {
  const placeOf = new Map(clips.map(({ id }, place) => [id, place]));
  const margin = ({ similarity, theta = Infinity }: PrunedFolder['removed'][number]) => onGrid(similarity - theta);
  const strength = ({ level }: PrunedFolder['removed'][number]) => REMOVAL_LEVELS.indexOf(level);
  const sorted = [...removed].sort(
    (a, b) =>
      strength(a) - strength(b) ||
      // Both may be −Infinity, whose difference is no number.
      margin(b) - margin(a) ||
      0 ||
      b.similarity - a.similarity ||
      placeOf.get(a.id)! - placeOf.get(b.id)!,
  );
  return {
    clip: sorted.map(({ id }) => placeOf.get(id)!),
    partner: sorted.map(({ partner_id: partner }) => placeOf.get(partner)!),
    level: sorted.map(({ level }) => level),
    similarity: sorted.map(({ similarity }) => similarity),
    theta: sorted.map(({ theta }) => theta ?? null),
    z: sorted.map(({ z }) => z ?? null),
  };
}

function clusterBars({ metadata }: PrunedFolder): ClusterBar[] {
  return Object.entries(metadata.cluster_stats)
    .map(([label, record]) => ({
      label: Number(label),
      original: record.original_size,
      kept: record.kept_size,
      groups: record.groups,
      jsdBefore: record.jsd_before,
      jsdAfter: record.jsd_after,
    }))
    .sort((a, b) => a.label - b.label);
}

/**
 * Histograms of the pairs inside clusters, where metadata.json has those of the clusters, and of removed clips with their partners. Undefined where
 * there is nothing to count.
 */
function histograms({ metadata, removed }: PrunedFolder): PruningPage['similarities'] {
  const all = Object.values(metadata.cluster_stats).flatMap(({ similarity }) =>
    similarity ? [similarity.histogram] : [],
  );
  if (all.length === 0 && removed.length === 0) return undefined;
  const bins = all[0]?.length ?? 64;
  const within = new Array<number>(bins).fill(0);
  for (const histogram of all) for (const [bin, count] of histogram.entries()) if (bin < bins) within[bin]! += count;
  const ofRemoved = new Array<number>(bins).fill(0);
  for (const { similarity } of removed) {
    const bin = Math.floor(((similarity + 1) / 2) * bins);
    ofRemoved[Math.min(bins - 1, Math.max(0, bin))]!++;
  }
  return { bins, ...(all.length > 0 && { within }), removed: ofRemoved };
}
