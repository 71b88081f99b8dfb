/** What the memory of a run depends on. */
export interface RunShape {
  readonly clips: number;
  /** Numbers of an embedding as it came. */
  readonly cols: number;
  /** Bytes of embeddings that are in memory as they came: of all but a .npy file of float32. */
  readonly givenBytes: number;
  /** How often clusterer, strategy and kernel copy the embeddings at once; those that are the default never do. */
  readonly copies: number;
  /** How often each thread copies them besides. */
  readonly copiesPerThread: number;
  /** Whether the page is made. */
  readonly page: boolean;
}

/** A step of a run, and the bytes that the process has then at most. */
export interface MemoryStage {
  /** What for, in words. */
  readonly name: string;
  readonly bytes: number;
  /** What makes the step smaller, in words; absent where nothing does. */
  readonly lower?: string;
}

/** Node, the program, onnxruntime, and what the garbage collector has not come by. */
const BASE = 220e6;
/** Garbage of the steps that read all segments. */
const WHILE_READING = 20e6;
/** What is known of a clip besides its embedding, from the first step to the last. */
const PER_CLIP = 400;
/** Neighbours of a clip in HDBSCAN, as they are found and with their weights. */
const PER_CLIP_CLUSTERED = 450;
/** What each thread has of its own. */
const PER_THREAD = 75e6;
/** A thread's neighbours of a clip, in the search and as they are handed over. */
const PER_CLIP_AND_THREAD = 290;
/** Rows that a thread gathers, two windows of them. */
const GATHERED_ROWS = 4096;
/** Pairs and proofs of a clip. */
const PER_CLIP_PRUNED = 600;
/** The records of a clip, and its line of the manifest. */
const PER_CLIP_WRITTEN = 700;
/** What is read again for the page, and the page itself. */
const PER_CLIP_SHOWN = 2000;
/** UMAP, for the map; beyond so many clips there is none. */
const PER_CLIP_MAPPED = 40_000;
const MOST_MAPPED = 50_000;

/**
 * The steps of pruning with so many threads, and what the process has in each, in bytes: the embeddings once, what is known of the clips, and what the
 * step itself needs. The numbers were measured with `npm run bench -- memory`, whose table is in docs/benchmarks.md.
 */
export function estimate(
  { clips, cols, givenBytes, copies, copiesPerThread, page }: RunShape,
  threads: number,
): readonly MemoryStage[] {
  const points = 4 * clips * cols;
  const always = BASE + points + PER_CLIP * clips;
  const copied = (copies + threads * copiesPerThread) * points;
  // A single thread is the calling one.
  const working = (threads > 1 ? threads * PER_THREAD : 0) + threads * 4 * GATHERED_ROWS * cols;
  const neighbours = clips * (PER_CLIP_CLUSTERED + threads * PER_CLIP_AND_THREAD);
  // Six d × d of float64: products, their sum, the covariance, its factor, the inverse of that, and the root.
  const space = 6 * 8 * cols ** 2;
  const map = clips <= MOST_MAPPED ? PER_CLIP_MAPPED : 0;
  return [
    { name: 'the space', bytes: always + WHILE_READING + givenBytes + space },
    { name: 'clusters', bytes: always + copied + working + neighbours },
    { name: 'the choice of clips', bytes: always + copied + working + clips * PER_CLIP_PRUNED },
    { name: 'writing the folder', bytes: always + clips * PER_CLIP_WRITTEN },
    ...(page ? [{ name: 'the page', bytes: always + clips * (PER_CLIP_SHOWN + map), lower: '`report` off' }] : []),
  ];
}
