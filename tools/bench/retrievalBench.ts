import { dot, type Matrix, seededRandom } from '@refrain/core';
import type { Bench, Context } from './context.ts';
import { type Corpus, presentCorpora, retrievalCorpora } from './corpora.ts';
import { embeddedClips, spaceOf } from './embeddedClips.ts';
import { purityOfRemovals, type Retrieval, retrieval, sNorm } from './retrieval.ts';
import { whole } from './table.ts';

/** Shares of clips that go, at which purity is told. */
const REMOVED = [0.1, 0.25] as const;

/** How similarities are taken: the space of the command, and whether they are compared with those of strangers. */
const WAYS = [
  { way: 'standardized', space: 'standardized', z: false },
  { way: 'whitened', space: 'whitened', z: false },
  { way: 'whitened, z', space: 'whitened', z: true },
] as const;

/** How well the clips of one track find each other, in each space and by several encoders. */
export const retrievalBench: Bench = {
  name: 'retrieval',
  about:
    'pairs of one track (or recording) among all pairs, by space and encoder, on four small corpora: --modes mfcc,mfcc-3s,basic-pitch,both,musicnn',
  async run(context) {
    const corpora = retrievalCorpora(context.settings.modes);
    const present = await presentCorpora(corpora);
    const rows: string[][] = [];
    for (const corpus of present) rows.push(...(await rowsOn(corpus, context)));
    const absent = corpora.filter((corpus) => !present.includes(corpus)).map(({ name }) => name);
    return {
      header: [
        'corpus, encoder',
        'space',
        'clips',
        'tracks',
        '1-NN',
        'AUC',
        'AP',
        'recall at 90 %',
        ...REMOVED.map((share) => `pure at ${share * 100} %`),
      ],
      rows,
      notes: [
        'All clips of a corpus, of every split; the space is fitted on all of them, without a label. AP is the average precision over all pairs, and a pair is right when both clips are of one track (ESC-10: cut from one recording). z is the S-norm of the cosine. Pure: the share of so many removals, the most similar pairs first, that keep a clip of the track.',
        ...(absent.length === 0 ? [] : [`Left out, because their files are not there: ${absent.join('; ')}.`]),
      ],
    };
  },
};

async function rowsOn({ name, parameters }: Corpus, { say, settings }: Context): Promise<string[][]> {
  say(`${name}: embedding`);
  // Those without a known track are left out.
  const clips = (await embeddedClips(parameters)).filter(({ groups }) => groups.track !== undefined);
  const tracks = clips.map(({ groups }) => groups.track!);
  const rows: string[][] = [];
  for (const { way, space, z } of WAYS) {
    say(`${name}: ${way}`);
    const { embeddings } = await spaceOf(clips, space, seededRandom(settings.seed));
    const similarities = z ? sNorm(cosines(embeddings), tracks.length) : cosines(embeddings);
    const counts = [whole(tracks.length), whole(new Set(tracks).size)];
    rows.push([name, way, ...counts, ...figures(retrieval(similarities, tracks)), ...purities(similarities, tracks)]);
  }
  return rows;
}

const fixed = (value: number) => value.toFixed(3);

function figures({ nearest, auc, averagePrecision, recallAt90 }: Retrieval): string[] {
  return [nearest, auc, averagePrecision, recallAt90].map(fixed);
}

function purities(similarities: Float64Array, tracks: readonly string[]): string[] {
  return REMOVED.map((share) => fixed(purityOfRemovals(similarities, tracks, Math.round(share * tracks.length))));
}

function cosines(embeddings: Matrix): Float64Array {
  const n = embeddings.rows;
  const all = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      const cosine = dot(embeddings, i, embeddings, j);
      all[i * n + j] = cosine;
      all[j * n + i] = cosine;
    }
  }
  return all;
}
