import { readNpyHeader } from '@refrain/core';
import { DEFAULT_COMPONENTS } from '../options/components.ts';
import type { Run } from '../run.ts';
import { isWithoutDataset, ownEmbeddingsOf, type Settings } from '../settings.ts';
import type { RunShape } from './estimate.ts';

/**
 * Plans a run within its memory before anything is read: of own embeddings, whose file says how many there are, and of a dataset whose encoder was
 * named, which says how many numbers a clip has. Throws a ConfigError where they do not fit; of what is not known yet, `planSource` says so.
 */
export async function planRun(run: Run, page: boolean): Promise<void> {
  if (run.memory === undefined) return;
  const known = isWithoutDataset(run.settings) ? await ownShape(run.settings) : await datasetShape(run);
  if (known !== undefined) run.memory.plan({ ...known, ...copiesIn(run), page });
}

/** The same once it is known how many clips there are. */
export function planSource(
  run: Run,
  { rows, cols }: { readonly rows: number; readonly cols: number },
  page: boolean,
): void {
  run.memory?.plan({ clips: rows, cols, givenBytes: 0, ...copiesIn(run), page });
}

type Known = Pick<RunShape, 'clips' | 'cols' | 'givenBytes'>;

async function ownShape(settings: Settings): Promise<Known | undefined> {
  const { segmentStarts } = settings;
  const own = ownEmbeddingsOf(settings)!;
  if (typeof own === 'string' && !/\.npy$/i.test(own)) return undefined;
  const { shape, dtype, fortranOrder } =
    typeof own === 'string'
      ? await readNpyHeader(own)
      : { shape: [own.rows, own.cols], dtype: undefined, fortranOrder: false };
  const [rows, cols] = shape;
  if (rows === undefined || cols === undefined) return undefined;
  const isRead = dtype === 'float32' && !fortranOrder;
  const starts =
    typeof segmentStarts === 'string' ? (await readNpyHeader(segmentStarts)).shape[0] : segmentStarts?.length;
  // As they are in the file, and as numbers.
  return { clips: Math.min(rows, starts ?? rows), cols, givenBytes: isRead ? 0 : 16 * rows * cols };
}

async function datasetShape({ assembly, settings }: Run): Promise<Known | undefined> {
  if (ownEmbeddingsOf(settings) !== undefined || settings.choices.encoder?.isDefault) return undefined;
  const { clips } = await assembly.get('dataset');
  const { dim } = await assembly.get('encoder');
  return { clips: clips.filter(({ split }) => split === 'train').length, cols: dim, givenBytes: 0 };
}

/**
 * What is not the default is taken to copy the rows it works on, and a kernel to have them besides. A base is in memory with its rows, and those that
 * are judged are copied for it, and for the threads. Of `distributed` each thread that does its jobs has all rows.
 */
function copiesIn({ settings: { choices, base } }: Run): Pick<RunShape, 'copies' | 'copiesPerThread'> {
  const isUsual = (kind: keyof typeof DEFAULT_COMPONENTS) =>
    (choices[kind]?.use ?? DEFAULT_COMPONENTS[kind]) === DEFAULT_COMPONENTS[kind];
  const isShared = choices.kernel?.use === 'distributed' && isUsual('executor');
  return {
    copies:
      (isUsual('clusterer') && isUsual('pruner') ? 0 : 1) + (isUsual('kernel') ? 0 : 2) + (base === undefined ? 0 : 3),
    copiesPerThread: isShared ? 1 : 0,
  };
}
