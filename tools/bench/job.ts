import type { Cost } from './cost.ts';

/** A kernel to measure with, and its options as its constructor takes them. */
export interface KernelChoice {
  readonly name: 'cpu' | 'gpu' | 'distributed';
  readonly options?: Readonly<Record<string, unknown>>;
  /** Threads, default 1. */
  readonly workers?: number;
  /** Of `distributed`: its workers are processes, and one is killed in the middle. */
  readonly isKilled?: boolean;
}

/** Embeds a folder of audio by the command `refrain embed`, in this process, as built. */
export interface EmbedJob {
  readonly kind: 'embed';
  readonly dataset: string;
  readonly checkpoint: string;
  readonly workers: number;
  /** A folder that does not exist yet, for the cache and what comes out. */
  readonly folder: string;
}

/** The whitened space of clips whose segments, all of one number, are made when they are read. */
export interface SpaceJob {
  /** `made-segments` makes each once; `fitted-space` fits the space, and `train-space` also brings all clips into it and measures each. */
  readonly kind: 'made-segments' | 'fitted-space' | 'train-space';
  readonly clips: number;
  readonly perClip: number;
  readonly cols: number;
  readonly seed: number;
}

/** Embeds clips of a folder in MagnaTagATune's layout, each by itself, in this thread. */
export interface ClipTimesJob {
  readonly kind: 'clip-times';
  readonly dataset: string;
  /** One encoder, or several side by side with commas between. */
  readonly encoder: string;
}

/** Prunes own embeddings by the command, as built, with its defaults and no page. */
export interface PruneCommandJob {
  readonly kind: 'prune-command';
  readonly points: string;
  readonly workers: number;
  /** Bytes. */
  readonly maxMemory?: number;
  /** Where the points are segments: the file that says where those of each clip begin. */
  readonly segmentStarts?: string;
}

/** Prunes and evaluates a dataset in MagnaTagATune's layout, with its defaults. */
export interface WholeRunJob {
  readonly kind: 'whole-run';
  readonly dataset: string;
  readonly workers: number;
}

/** Writes the segments of made clips to the file `points`, and where those of each clip begin to `segmentStarts`. */
export interface SegmentsJob extends Omit<SpaceJob, 'kind'> {
  readonly kind: 'segments';
  readonly points: string;
  readonly segmentStarts: string;
}

/** What a process of its own does. `points` is the path of an .npy file. */
export type Job =
  | {
      readonly kind: 'points';
      readonly file: string;
      readonly rows: number;
      readonly cols: number;
      readonly seed: number;
    }
  | { readonly kind: 'gemm'; readonly cols: number }
  | { readonly kind: 'hdbscan'; readonly points: string; readonly kernel: KernelChoice }
  | {
      readonly kind: 'nearest' | 'histogram' | 'pairs-above' | 'tile';
      readonly points: string;
      readonly kernel: KernelChoice;
    }
  | EmbedJob
  | ClipTimesJob
  | PruneCommandJob
  | WholeRunJob
  | SegmentsJob
  | SpaceJob
  | { readonly kind: 'hdbscan-ts' | 'npm-hdbscan'; readonly points: string };

/** What a job found out beside its cost. */
export type Facts = Readonly<Record<string, number | string>>;

/** What a process reports on its standard output, as JSON in the last line. */
export interface Report {
  readonly cost: Cost;
  readonly facts: Facts;
}

/** A job made ready: points are read, nothing that counts has begun. */
export type Prepared = () => Promise<Facts>;
