import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dot, type Matrix, type Random, readNpyMatrix, seededRandom } from '@refrain/core';
import type { Bench, Context } from './context.ts';
import { type Corpus, presentCorpora, retrievalCorpora } from './corpora.ts';
import { purityOfRemovals, type Retrieval, retrieval, sNorm } from './retrieval.ts';
import { outputOf } from './runChild.ts';
import { jsonLines } from './strategyRuns.ts';
import { whole } from './table.ts';

/** The pipeline's space, as built. */
const SPACE = new URL('../../../packages/pipeline/dist/space/space.js', import.meta.url).href;

interface SpaceClip {
  readonly clip: { readonly id: string };
  readonly segments: { readonly rows: number; readonly cols: number; read(): Matrix };
}

interface SpaceModule {
  trainSpace(
    clips: readonly SpaceClip[],
    options: { readonly pooling: 'mean'; readonly space: string },
    random: Random,
  ): Promise<{ readonly embeddings: Matrix }>;
}

const MAIN = fileURLToPath(new URL('../../../apps/runner/dist/main.js', import.meta.url));

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
  const folder = await mkdtemp(join(tmpdir(), 'refrain-bench-'));
  try {
    say(`${name}: embedding`);
    const output = join(folder, 'embedded');
    await outputOf(process.execPath, [
      MAIN,
      'embed',
      '--quiet',
      ...parameters,
      '--save',
      'segments',
      '--output',
      output,
    ]);
    const { clips, tracks } = await readSegments(output);
    const { trainSpace } = (await import(SPACE)) as SpaceModule;
    const rows: string[][] = [];
    for (const { way, space, z } of WAYS) {
      say(`${name}: ${way}`);
      const { embeddings } = await trainSpace(clips, { pooling: 'mean', space }, seededRandom(settings.seed));
      const similarities = z ? sNorm(cosines(embeddings), tracks.length) : cosines(embeddings);
      const counts = [whole(tracks.length), whole(new Set(tracks).size)];
      rows.push([name, way, ...counts, ...figures(retrieval(similarities, tracks)), ...purities(similarities, tracks)]);
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const fixed = (value: number) => value.toFixed(3);

function figures({ nearest, auc, averagePrecision, recallAt90 }: Retrieval): string[] {
  return [nearest, auc, averagePrecision, recallAt90].map(fixed);
}

function purities(similarities: Float64Array, tracks: readonly string[]): string[] {
  return REMOVED.map((share) => fixed(purityOfRemovals(similarities, tracks, Math.round(share * tracks.length))));
}

/** The clips that `refrain embed` wrote with their segments, by id, and their tracks; those without a known track are left out. */
async function readSegments(
  folder: string,
): Promise<{ readonly clips: readonly SpaceClip[]; readonly tracks: readonly string[] }> {
  const records = await jsonLines<{ id: string; groups?: { track?: string } }>(join(folder, 'clips.jsonl'));
  const trackOf = new Map(records.map(({ id, groups }) => [id, groups?.track]));
  const places = await jsonLines<{ id: string; start: number; segments: number }>(
    join(folder, 'segments', 'clips.jsonl'),
  );
  const { data, cols } = await readNpyMatrix(join(folder, 'segments', 'embeddings.npy'));
  const known = places
    .flatMap(({ id, start, segments: rows }) => {
      const track = trackOf.get(id);
      const segments = {
        rows,
        cols,
        read: () => ({ data: data.subarray(start * cols, (start + rows) * cols), rows, cols }),
      };
      return track === undefined ? [] : [{ clip: { id }, segments, track }];
    })
    .sort((a, b) => (a.clip.id < b.clip.id ? -1 : 1));
  return { clips: known, tracks: known.map(({ track }) => track) };
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
