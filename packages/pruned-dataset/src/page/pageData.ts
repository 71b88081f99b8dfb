import type { RemovalLevel } from '@refrain/core';
import type { Metadata, RuleRecord } from '../schemas.ts';

/*
 * What a page shows. It stands in the page as JSON, where the template (apps/report) reads it; that takes these types and nothing else from here.
 * Everything in it is data: names of files, labels and options may hold anything.
 */

/** The form of the data that the template knows. */
const PAGE_FORMAT = 1;

/** What a page is filled with. */
export type PageData = PruningPage | ComparisonPage | LeaksPage;

interface AnyPage {
  readonly format: typeof PAGE_FORMAT;
  /** Name of the dataset, or of the file of embeddings. */
  readonly name: string;
  /** The command line that made it, with every path as it was given; absent where a library call did. */
  readonly command?: string;
  /** Every option as it took effect. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, string>>;
}

/** A run of `prune` or `run`. */
export interface PruningPage extends AnyPage {
  readonly kind: 'pruning';
  /** From metadata.json: SHA-256 by file, seconds by stage. */
  readonly files: Metadata['files'];
  readonly encoderFingerprint: string | null;
  readonly timings: Metadata['timings_s'];
  readonly rule: RuleRecord;
  /** How the space was found; absent where it is raw. */
  readonly space?: {
    readonly columns: number;
    readonly shrinkage?: number;
    readonly effectiveRank?: number;
    readonly segments?: number;
  };
  readonly sizes: {
    readonly original: number;
    readonly kept: number;
    readonly silent: number;
    readonly short: number;
    readonly bad: number;
  };
  readonly clips: ClipColumns;
  readonly removals: RemovalColumns;
  readonly clusters: readonly ClusterBar[];
  /** Histograms of cosines: of the pairs inside clusters, and of the removed clips with their partners, over −1…1. Absent where they are not known. */
  readonly similarities?: {
    readonly bins: number;
    readonly within?: readonly number[];
    readonly removed: readonly number[];
  };
  /** What each `t` would keep, ascending by it, without rules; among them the one that was taken, as it was. Absent for strategies without `t`. */
  readonly overT?: readonly SweepPoint[];
  /** What other strengths of the rule would keep at the `t` that was taken, by the median threshold of a clip; absent where none are known. */
  readonly overTheta?: readonly SweepPoint[];
  /** Absent where nothing was evaluated. */
  readonly evaluation?: EvaluationTables;
  readonly audio: PageAudio;
}

/** A value per train clip, in the order of clips.jsonl; `null` where it is not known. */
export interface ClipColumns {
  readonly id: readonly string[];
  /** Paths below `folder`; null without audio. */
  readonly path: readonly (string | null)[];
  /** What all paths begin with, as it was given; an empty string where that is nothing. */
  readonly folder: string;
  /** The part of the file that the clip is, in seconds from its start; `null` where it is all of it. */
  readonly start: readonly (number | null)[];
  readonly seconds: readonly (number | null)[];
  /** −1 for none. */
  readonly cluster: readonly number[];
  /** −1 for none. */
  readonly group: readonly number[];
  /** Places in `labelNames`. */
  readonly labels: readonly (readonly number[])[];
  readonly labelNames: readonly string[];
  /** Places in `trackNames`. */
  readonly track: readonly (number | null)[];
  readonly trackNames: readonly string[];
  readonly reliability: readonly (number | null)[];
  /** The projection: x and y by turns, both scaled to 0…1; absent where it was not asked for. */
  readonly projection?: readonly number[];
}

/** A value per removed clip, the surest first. Clips are places in the columns of clips. */
export interface RemovalColumns {
  readonly clip: readonly number[];
  /** The kept clip that stands for it. */
  readonly partner: readonly number[];
  readonly level: readonly RemovalLevel[];
  readonly similarity: readonly number[];
  readonly theta: readonly (number | null)[];
  readonly z: readonly (number | null)[];
}

/** A cluster, and what was aimed at. */
export interface ClusterBar {
  /** −1 for the clips in none. */
  readonly label: number;
  readonly original: number;
  readonly kept: number;
  readonly groups: number;
  /** Divergence from the target, in bits. */
  readonly jsdBefore: number;
  readonly jsdAfter: number;
}

/** What one value of an option would keep, and what would be lost. */
export interface SweepPoint {
  /** `t`, or the threshold. */
  readonly value: number;
  readonly kept: number;
  /** Of the least similar kept partner; null where nothing goes. */
  readonly worstSimilarity: number | null;
  readonly worstZ: number | null;
  /** Labels and tracks of which no clip stays. */
  readonly labelsLost: number;
  readonly tracksLost: number | null;
  /** Mean divergence from the target of this `t` over the clusters, weighted by their clips, in bits: of what is kept, and of the whole set. Null where it is not known. */
  readonly jsd: number | null;
  readonly jsdBefore: number | null;
  /** Whether it is the one that was taken. */
  readonly isTaken: boolean;
}

/** The sets that were evaluated: `whole`, `pruned`, `random`. */
export interface EvaluationTables {
  readonly sets: readonly {
    readonly set: string;
    readonly clips: number;
    readonly metrics: Readonly<Record<string, Figure>>;
  }[];
  /** Per metric that has one: pruned minus random of the same size. */
  readonly differences: Readonly<Record<string, Interval>>;
  /** Per tag: positives in the whole and in the kept train set, and each metric per set. */
  readonly perTag?: {
    readonly tags: readonly string[];
    readonly columns: Readonly<Record<string, readonly (number | null)[]>>;
  };
}

/** A metric of a set over seeds or draws. */
export interface Figure {
  readonly mean: number | null;
  readonly sd: number | null;
  readonly values: readonly (number | null)[];
}

/** A difference with the ends of its 95 % interval, and of what it is one. */
export interface Interval {
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** `seeds`: Student's, over seeds and test groups, as the run states it; `draws`: the middle 95 % of the random sets. */
  readonly of: 'seeds' | 'draws';
}

/** Where the page finds audio. */
export interface PageAudio {
  /** `relative`: files beside the page, below `base`; `served`: the server of the page, `/audio/PLACE` of the clip; `embedded`: in the page; `none`. */
  readonly from: 'relative' | 'served' | 'embedded' | 'none';
  /** Relative URL of the folder of the audio, ending in a slash, where `from` is `relative`. */
  readonly base?: string;
  /** Data URLs by place of the clip, where `from` is `embedded`. */
  readonly embedded?: Readonly<Record<number, string>>;
  /** Pictures of sound by place of the clip; only of clips in groups, and not of all where there are many. */
  readonly pictures?: Readonly<Record<number, SoundPicture>>;
}

/** A clip as it looks. */
export interface SoundPicture {
  /** Peaks of equal stretches of time, 0…255 (255 is full scale), base64. */
  readonly peaks: string;
  /** Mel bands × stretches of time, the lowest band first, 0…255 over 80 dB, base64. */
  readonly spectrogram: string;
  readonly bands: number;
}

/** A run of `compare`: strategies against random sets. */
export interface ComparisonPage extends AnyPage {
  readonly kind: 'comparison';
  readonly comparisons: readonly {
    readonly evaluator: string;
    readonly trainClips: number;
    readonly metrics: readonly string[];
    readonly rows: readonly {
      readonly name: string;
      /** `whole`, `random` or `strategy`. */
      readonly role: string;
      readonly kept: number;
      readonly metrics: Readonly<Record<string, Figure>>;
      /** Against random sets of the same size. */
      readonly differences: Readonly<Record<string, Interval & { readonly verdict: string }>>;
    }[];
  }[];
}

/** A run of `leaks`: what the splits share. */
export interface LeaksPage extends AnyPage {
  readonly kind: 'leaks';
  readonly sizes: Readonly<Record<string, number>>;
  readonly shared: readonly {
    readonly kind: string;
    readonly splits: readonly [string, string];
    readonly shared: number;
    readonly clips: readonly [number, number];
  }[];
  readonly pairs: readonly {
    readonly kind: string;
    readonly splits: readonly [string, string];
    /** Paths or ids. */
    readonly clips: readonly [string, string];
    readonly similarity: number | null;
  }[];
}
