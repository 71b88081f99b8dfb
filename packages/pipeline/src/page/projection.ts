import {
  askWorker,
  type Host,
  type Matrix,
  rowOf,
  type SimilarityKernel,
  startWorker,
  takeRows,
  zeros,
} from '@refrain/core';
import { rowHash } from '@refrain/pruned-dataset';

/** Neighbours of a point, the point itself among them: UMAP's own default. */
const NEIGHBOURS = 15;
/** Fewer different clips have no shape. */
const FEWEST = 4;
/** UMAP holds some 40 kB for each point while it works. */
const MOST = 50_000;
/** UMAP's default for sets of more than 10,000; of smaller ones the points lie as near to their neighbours after so many. */
const EPOCHS = 200;
/** What UMAP does before the first of them takes as long as so many. */
const EPOCHS_BEFORE = 80;

/** What the thread is asked: the nearest points of each, itself first, and how far they are. */
export interface ProjectionTask {
  readonly count: number;
  readonly neighbours: number;
  /** count × neighbours. */
  readonly indices: Int32Array;
  readonly distances: Float64Array;
  readonly epochs: number;
}

/** What it answers: before the first epoch, which is 0, after each, and at the end with the points, x and y by turns. */
export type ProjectionAnswer = { readonly epoch: number } | { readonly points: Float32Array };

/**
 * A map of clips: clips × 2, near where embeddings are alike, by UMAP (McInnes, Healy & Melville 2018) on the exact neighbours that the kernel finds.
 * Equal rows are one point. Rows come in the order of their ids, so that equal clips give an equal map. A thread works, and is ended when the signal
 * says so. Undefined for fewer than four different clips, and, with a notice, for more than fit into memory.
 */
export async function projectClips(
  embeddings: Matrix,
  kernel: SimilarityKernel,
  host: Pick<Host, 'signal' | 'progress' | 'notice'>,
): Promise<Matrix | undefined> {
  const { first, pointOf } = distinctRows(embeddings);
  if (first.length < FEWEST) return undefined;
  if (first.length > MOST) {
    host.notice(`There is no map of more than ${MOST} different clips: the page is without one.`);
    return undefined;
  }
  const task = await taskOf(takeRows(embeddings, first), kernel, host.signal);
  const points = await inThread(task, host);
  if (points === undefined) return undefined;
  const map = zeros(embeddings.rows, 2);
  for (let row = 0; row < map.rows; row++) {
    const point = pointOf[row]!;
    rowOf(map, row).set(points.subarray(2 * point, 2 * point + 2));
  }
  return map;
}

/** The first of each set of equal rows, and of which of these each row is one. */
function distinctRows(matrix: Matrix): { readonly first: Uint32Array; readonly pointOf: Uint32Array } {
  const known = new Map<string, number>();
  const first: number[] = [];
  const pointOf = new Uint32Array(matrix.rows);
  for (let row = 0; row < matrix.rows; row++) {
    const hash = rowHash(matrix, row);
    const point = known.get(hash) ?? first.push(row) - 1;
    known.set(hash, point);
    pointOf[row] = point;
  }
  return { first: Uint32Array.from(first), pointOf };
}

async function taskOf(points: Matrix, kernel: SimilarityKernel, signal: AbortSignal): Promise<ProjectionTask> {
  const neighbours = Math.min(NEIGHBOURS, points.rows - 1);
  const others = neighbours - 1;
  const loaded = await kernel.load(points);
  try {
    const found = await loaded.nearest({ k: others, signal });
    const indices = new Int32Array(points.rows * neighbours);
    const distances = new Float64Array(points.rows * neighbours);
    for (let row = 0; row < points.rows; row++) {
      indices[row * neighbours] = row;
      for (let place = 0; place < others; place++) {
        const to = row * neighbours + 1 + place;
        indices[to] = found.indices[row * others + place]!;
        distances[to] = distanceAt(found.similarities[row * others + place]!);
      }
    }
    return { count: points.rows, neighbours, indices, distances, epochs: EPOCHS };
  } finally {
    await loaded.close();
  }
}

/** The distance of unit vectors with a cosine; never 0, which UMAP keeps for a point and itself. */
function distanceAt(cosine: number): number {
  return Math.max(1e-4, Math.sqrt(Math.max(0, 2 - 2 * cosine)));
}

/** The points that a thread finds; undefined, with a notice, where its memory is not enough: what is to be shown is worth more than the map of it. */
async function inThread(
  task: ProjectionTask,
  { signal, progress, notice }: Pick<Host, 'signal' | 'progress' | 'notice'>,
): Promise<Float32Array | undefined> {
  signal.throwIfAborted();
  const worker = startWorker(import.meta.url, './projectionWorker');
  const stop = () => worker.terminate();
  signal.addEventListener('abort', stop, { once: true });
  const shown = progress('projecting', EPOCHS_BEFORE + task.epochs, 'steps');
  try {
    return await askWorker(
      worker,
      'The thread of the projection',
      () => worker.postMessage(task),
      (answer: ProjectionAnswer) => {
        if ('points' in answer) return answer.points;
        shown.advance(answer.epoch === 0 ? EPOCHS_BEFORE : 1);
        return undefined;
      },
    );
  } catch (error) {
    signal.throwIfAborted();
    if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error;
    notice(`There is not enough memory for a map of ${task.count} clips: the page is without one.`);
    return undefined;
  } finally {
    shown.end();
    signal.removeEventListener('abort', stop);
    await worker.terminate();
  }
}
