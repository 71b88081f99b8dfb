import { type Matrix, mean, type Pruner, type PruningRule, quietHost, seededRandom } from '@refrain/core';
import { neededBy, type SimilarPairs, similarityOf } from '@refrain/core/pruning';
import type { Bench } from './context.ts';
import { CORPORA, type Corpus, presentCorpora } from './corpora.ts';
import { type EmbeddedClip, embeddedClips, spaceOf } from './embeddedClips.ts';
import { importKernel } from './kernelChoice.ts';
import { groupParts, hashParts, lossOf, pairsOf, randomParts, removalsOf } from './partitions.ts';
import { whole } from './table.ts';

const PARTS = [2, 4, 8, 16] as const;

/** Random partitions differ by chance, so that these are means of so many. */
const DRAWS = 20;

/** Music: what Refrain is for. */
const MUSIC = ['music-dev', 'music-2', 'demo corpus'];

interface Pruned {
  readonly embeddings: Matrix;
  readonly rule: PruningRule;
  readonly removed: readonly { readonly index: number; readonly partner: number }[];
}

/** Clips with what is known of their redundancy when all are compared. */
interface Whole extends Pruned {
  readonly name: string;
  readonly clips: readonly EmbeddedClip[];
  readonly pairs: SimilarPairs;
}

/** What is lost when a set is pruned in parts that do not see each other. */
export const partitionsBench: Bench = {
  name: 'partitions',
  about: 'the redundant pairs and removals that are lost when real music is pruned in 2 to 16 parts',
  async run({ settings, say }) {
    const music = CORPORA.filter(({ name }) => MUSIC.includes(name));
    const corpora = await presentCorpora(music);
    const absent = music.filter((corpus) => !corpora.includes(corpus)).map(({ name }) => name);
    const sets: { name: string; clips: EmbeddedClip[] }[] = [];
    for (const corpus of corpora) {
      say(`${corpus.name}: embedding`);
      sets.push({ name: corpus.name, clips: await named(corpus) });
    }
    const together = sets.flatMap(({ clips }) => clips);
    together.sort((a, b) => (a.clip.id < b.clip.id ? -1 : 1));
    const wholes: Whole[] = [];
    for (const { name, clips } of [{ name: 'together', clips: together }, ...sets]) {
      say(`${name}: pairs`);
      const pruned = await prune(clips);
      wholes.push({ name, clips, ...pruned, pairs: pairsOf(pruned.embeddings, pruned.rule) });
    }
    const rows: string[][] = [];
    for (const parts of PARTS) {
      for (const way of WAYS) {
        say(`${parts} parts, ${way.name}`);
        rows.push(await rowOf(wholes, way, parts, settings.seed));
      }
    }
    return {
      header: [
        ...['parts', 'by', ...wholes.map(({ name }) => `pairs lost, ${name}`), 'removals lost, together'],
        ...['largest part', 'each part alone: removals lost', 'not pairs of the whole'],
      ],
      rows,
      notes: [
        ...wholes.map(
          ({ name, clips, pairs }) =>
            `${name}: ${whole(clips.length)} clips, ${whole(pairs.i.length)} redundant pairs, ${whole(removalsOf(pairs, clips.length))} removals.`,
        ),
        `Clips of every split, default encoder and rule, copies among the pairs. A pair is lost when its clips lie in two parts; removals are counted at one clip of every group (t = 1). In the first columns space and thresholds are those of the whole. Each part alone: pruned as a set of its own, with its own space and thresholds, where parts of fewer than 100 clips have no scores; the last column is the share of those removals whose pair is none of the whole's. Random: mean of ${DRAWS} draws, each part alone of the first. Album: the game of a soundtrack, in the demo corpus, which has no albums, the track. k-means in the space of the whole.`,
        ...(absent.length === 0 ? [] : [`Left out, because their files are not there: ${absent.join(', ')}.`]),
      ],
    };
  },
};

/** The clips of a corpus under ids that no other corpus has. */
async function named({ name, parameters }: Corpus): Promise<EmbeddedClip[]> {
  const clips = await embeddedClips(parameters);
  return clips.map((one) => ({ ...one, clip: { id: `${name}/${one.clip.id}` }, album: albumOf(name, one) }));
}

function albumOf(corpus: string, { groups, labels }: EmbeddedClip): string {
  return `${corpus}/${groups.album ?? (corpus === 'demo corpus' ? groups.track : labels[0])}`;
}

interface Way {
  readonly name: string;
  readonly draws: number;
  parts(set: Whole, parts: number, seed: number): Promise<Int32Array> | Int32Array;
}

const WAYS: readonly Way[] = [
  {
    name: 'random',
    draws: DRAWS,
    parts: ({ clips }, parts, seed) => randomParts(clips.length, parts, seededRandom(seed)),
  },
  {
    name: 'hash of the id',
    draws: 1,
    parts: ({ clips }, parts) =>
      hashParts(
        clips.map(({ clip }) => clip.id),
        parts,
      ),
  },
  {
    name: 'album',
    draws: 1,
    parts: ({ clips }, parts) =>
      groupParts(
        clips.map(({ album }) => album ?? ''),
        parts,
      ),
  },
  { name: 'k-means', draws: 1, parts: async ({ embeddings }, parts, seed) => kMeansParts(embeddings, parts, seed) },
];

async function rowOf(wholes: readonly Whole[], way: Way, parts: number, seed: number): Promise<string[]> {
  const losses = await Promise.all(
    wholes.map((set) =>
      Promise.all(
        Array.from({ length: way.draws }, async (_, draw) => {
          const part = await way.parts(set, parts, seed + draw);
          return { part, ...lossOf(set.pairs, part) };
        }),
      ),
    ),
  );
  const together = losses[0]!;
  const alone = await prunedAlone(wholes[0]!, together[0]!.part);
  const share = (value: number) => value.toFixed(3);
  const meanOf = (values: readonly number[]) => share(mean(values));
  return [
    whole(parts),
    way.name,
    ...losses.map((draws) => meanOf(draws.map(({ pairs }) => pairs))),
    meanOf(together.map(({ removals }) => removals)),
    meanOf(together.map(({ largest }) => largest)),
    share(alone.lost),
    share(alone.others),
  ];
}

/** What goes when every part is pruned as a set of its own, beside the removals of the whole. */
async function prunedAlone({ clips, embeddings, rule, removed }: Whole, part: Int32Array) {
  let [gone, others] = [0, 0];
  for (const one of new Set(part)) {
    const members = [...clips.keys()].filter((clip) => part[clip] === one);
    const alone = await prune(members.map((clip) => clips[clip]!));
    for (const { index, partner } of alone.removed) {
      const [i, j] = [members[index]!, members[partner]!];
      gone++;
      if (similarityOf(embeddings, i, j) < neededBy(rule, i, j)) others++;
    }
  }
  return { lost: 1 - gone / removed.length, others: others / gone };
}

/** Prunes clips to one of every group, all in one cluster, as `refrain prune --t 1` does but for the copies that it finds beforehand. */
async function prune(clips: readonly EmbeddedClip[]): Promise<Pruned> {
  const { embeddings, reliability } = await spaceOf(clips, 'whitened', seededRandom(0));
  const { JensenShannonPruner } = (await import(
    new URL('../../../packages/pruners/dist/index.js', import.meta.url).href
  )) as { readonly JensenShannonPruner: new (options: object, kernel: unknown) => Pruner };
  const { kernel } = (await importKernel({ name: 'cpu' }))();
  const labels = new Int32Array(clips.length);
  const { rule, removed } = await new JensenShannonPruner({ t: 1 }, kernel).prune({
    ids: clips.map(({ clip }) => clip.id),
    embeddings,
    clustering: { labels, clusterCount: 1, probabilities: new Float32Array(clips.length).fill(1) },
    ...(reliability && { reliability }),
    random: seededRandom(0),
    choiceOnly: true,
  });
  return { embeddings, rule, removed };
}

async function kMeansParts(embeddings: Matrix, k: number, seed: number): Promise<Int32Array> {
  const { KMeans } = (await import(new URL('../../../packages/clusterers/dist/index.js', import.meta.url).href)) as {
    readonly KMeans: new (
      options: object,
      host: object,
    ) => { cluster(points: Matrix): Promise<{ labels: Int32Array }> };
  };
  return (await new KMeans({ k, seed }, quietHost()).cluster(embeddings)).labels;
}
