import { type Alongside, type Clusterer, defined, type SimilarityKernel, takeRows, withRowsFirst } from '@refrain/core';
import { type Duplicates, findDuplicates } from '../duplicates/findDuplicates.ts';
import type { TrainFacts } from '../source/trainFacts.ts';
import type { PrunableSpace } from '../space/space.ts';
import { type Foresight, knownScores, scoresOfRows } from './foresight.ts';

/** Which clips form clusters; index i means clip i of the space. */
export interface Clusters {
  /** −1 for a clip in no cluster. */
  readonly labels: Int32Array;
  readonly probabilities: Float32Array;
  /** Labels from this one on are of the second clustering, of what the first left over. Equal to the number of clusters where there was none. */
  readonly secondFrom: number;
  /** What the strategy foresaw, with what of it was found on the way. */
  readonly foresight?: Foresight;
}

/** The copies among the clips, by audio, fingerprint and embedding. */
export function findCopies(space: PrunableSpace, facts: TrainFacts, kernel: SimilarityKernel): Promise<Duplicates> {
  const { audioHashes, sameRecording, excluded } = facts;
  return findDuplicates(space.embeddings, audioHashes, kernel, defined({ sameRecording, excluded }));
}

/**
 * Clusters the clips; with `recluster`, those left over once more among themselves. Copies go through clustering as one clip and get its
 * label. Silence and very short clips are in no cluster. What the strategy foresees is counted on the way where the clusterer can. Nobody else may look
 * at the embeddings meanwhile: rows are brought together in place.
 */
export async function clusterSpace(
  space: PrunableSpace,
  { excluded }: TrainFacts,
  duplicates: Duplicates,
  clusterer: Clusterer,
  recluster: boolean,
  foresight?: Foresight,
): Promise<Clusters> {
  const clips = clusterable(space, excluded, duplicates);
  const scores = foresight && scoresOfRows(clips, foresight, space.ids.length);
  const lone = { embeddings: space.embeddings, inPlace: true };
  const clustering = await clusterRows(lone, clips, clusterer, scores && { scores });
  const labels = new Int32Array(space.ids.length).fill(-1);
  const probabilities = new Float32Array(space.ids.length);
  for (const [at, i] of clips.entries()) {
    labels[i] = clustering.labels[at]!;
    probabilities[i] = clustering.probabilities[at]!;
  }
  const clusters = { labels, probabilities, secondFrom: clustering.clusterCount };
  if (recluster) await clusterAgain(lone, clusters, clips, clusterer);
  spread(clusters, duplicates);
  if (foresight === undefined) return clusters;
  return { ...clusters, foresight: knownScores(clips, foresight, clustering.scores) };
}

/** The clusters as another policy for noise wants them: clips in no cluster clustered once more, or those of a second clustering in none again. */
export async function withNoisePolicy(
  space: PrunableSpace,
  { excluded }: TrainFacts,
  { labels, probabilities, secondFrom }: Clusters,
  duplicates: Duplicates,
  clusterer: Clusterer,
  recluster: boolean,
): Promise<Clusters> {
  const again = labels.some((label) => label >= secondFrom);
  if (again === recluster) return { labels, probabilities, secondFrom };
  const first = {
    labels: labels.map((label) => (label >= secondFrom ? -1 : label)),
    probabilities: probabilities.map((probability, i) => (labels[i]! >= secondFrom ? 0 : probability)),
    secondFrom,
  };
  if (!recluster) return first;
  await clusterAgain(space, first, clusterable(space, excluded, duplicates), clusterer);
  spread(first, duplicates);
  return first;
}

/** One clip for each set of copies; silence is like nothing but silence, a moment of sound like too much: neither must widen a cluster or be one. */
function clusterable({ silent }: PrunableSpace, excluded: Uint8Array | undefined, duplicates: Duplicates): Uint32Array {
  const isSilent = new Set(silent);
  return duplicates.representatives.filter((i) => !isSilent.has(i) && !excluded?.[i]);
}

/** Clips whose rows lie somewhere. */
type Rows = Pick<PrunableSpace, 'embeddings' | 'inPlace'>;

function clusterRows({ embeddings, inPlace }: Rows, clips: Uint32Array, clusterer: Clusterer, alongside?: Alongside) {
  if (inPlace) return withRowsFirst(embeddings, clips, (first) => clusterer.cluster(first, alongside));
  return clusterer.cluster(takeRows(embeddings, clips), alongside);
}

/** Clusters those of `clips` that are in no cluster: without the denser clusters, the rest has a density of its own. */
async function clusterAgain(
  space: Rows,
  { labels, probabilities, secondFrom }: Clusters,
  clips: Uint32Array,
  clusterer: Clusterer,
): Promise<void> {
  const left = clips.filter((i) => labels[i]! < 0);
  if (left.length < 2) return;
  const again = await clusterRows(space, left, clusterer);
  for (const [at, i] of left.entries()) {
    if (again.labels[at]! < 0) continue;
    labels[i] = secondFrom + again.labels[at]!;
    probabilities[i] = again.probabilities[at]!;
  }
}

/** Gives the copies of each set the label of the one that stands for them. */
function spread({ labels, probabilities }: Clusters, duplicates: Duplicates): void {
  const { duplicateSet, representatives } = duplicates;
  const ofSet = new Map<number, number>();
  for (const i of representatives) ofSet.set(duplicateSet[i]!, i);
  for (let i = 0; i < labels.length; i++) {
    const set = duplicateSet[i]!;
    if (set < 0) continue;
    labels[i] = labels[ofSet.get(set)!]!;
    probabilities[i] = probabilities[ofSet.get(set)!]!;
  }
}
