import type { Clip, ClipGroups, GroupKind, RemovalLevel } from '@refrain/core';

/** The files of a pruned dataset folder. */
export const FILES = {
  indices: 'indices_to_keep.npy',
  metadata: 'metadata.json',
  labels: 'cluster_labels.npy',
  clips: 'clips.jsonl',
  ids: 'ids.txt',
  removed: 'removed.jsonl',
  manifest: 'manifest.parquet',
  embeddings: 'embeddings.npy',
  standardization: 'standardization.json',
  bad: 'bad.jsonl',
  overrides: 'overrides.jsonl',
  thresholds: 'thresholds.tsv',
  path: 'pruned_dataset_path.txt',
  evaluation: 'evaluation',
  predictions: 'predictions',
  segments: 'segments',
} as const;

/** One line of clips.jsonl: a train clip. The lines are in the order of the dataset; indices_to_keep.npy counts them from 0. */
export interface ClipRecord {
  readonly id: string;
  /** In the train list of the dataset, counted from 0: its line here, and its row in the .npy files and manifest.parquet. */
  readonly position: number;
  /** Absent where the embeddings came without audio. */
  readonly path?: string;
  /** The piece of the file that the clip is; absent where it is all of it. */
  readonly piece?: NonNullable<Clip['piece']>;
  readonly content_hash?: string;
  /** SHA-256 of the decoded samples. */
  readonly audio_hash?: string;
  readonly labels: readonly string[];
  /** The labels with those of removed clips that the clip stands for; absent where nothing was added. */
  readonly merged_labels?: readonly string[];
  readonly groups?: ClipGroups;
  /** Length of the audio; absent where the embeddings came without it. */
  readonly seconds?: number;
  /** In Hz, as it was decoded; and the share of its samples at full scale. */
  readonly sample_rate?: number;
  readonly clipping?: number;
  /** How alike the clip is to itself, 0…1; absent where it has no segments. */
  readonly reliability?: number;
  /** What a rule per clip or per pair asks of the clip, on the grid; absent for other rules, and where only a copy can stand for it. */
  readonly theta?: number;
  /** Redundancy group, −1 for none. A copy that went first is in that of the clip that stayed for it; quotas are counted without it. */
  readonly group: number;
  /** Clips with equal numbers are copies of each other; absent for a clip without copies. */
  readonly duplicate_set?: number;
  /** Acoustic fingerprint of a clip that was found to be one recording with another: its 32-bit sub-fingerprints, little-endian, base64. */
  readonly fingerprint?: string;
  /** Ids of the clips that were found to be one recording with it. */
  readonly same_recording?: readonly string[];
  /** Whether an earlier run kept it, so that it stays. */
  readonly from_base?: true;
  /** SHA-256 over the bytes of the clip's row in embeddings.npy. */
  readonly embedding_hash: string;
}

/** One line of removed.jsonl: a removed clip and the kept clip that stands for it. */
export interface RemovedRecord {
  readonly id: string;
  readonly path?: string;
  readonly cluster: number;
  readonly group: number;
  readonly level: RemovalLevel;
  readonly partner_id: string;
  readonly similarity: number;
  readonly theta?: number;
  /** The clip that it is a copy of and went first for, where that one is not the partner because it went as well; θ is that clip's. */
  readonly copy_of?: string;
  /** θ of its partner as the earlier run had it; absent where it was this run. */
  readonly partner_theta?: number;
  /** The earlier run that removed it, counted from 0 in metadata.json; absent where it was this one. */
  readonly run?: number;
}

/** A strategy's rule, without the θ of single clips. */
export type RuleRecord =
  | { readonly kind: 'constant'; readonly theta: number }
  | { readonly kind: 'none' | 'per-clip' | 'pair' };

/** The run of a base folder, as far as its removals are proved by it. */
export interface EarlierRun
  extends Pick<Metadata, 'original_size' | 'pruned_size' | 'decisions' | 'rule' | 'duplicates' | 'short'> {
  /** Whether rules were asked for, which may remove clips that nothing stands for. */
  readonly constrained: boolean;
}

/** One cluster in metadata.json; the first three keys are the seed repository's. */
export interface ClusterRecord {
  readonly original_size: number;
  readonly kept_size: number;
  /** What really happened: 1 − kept_size / original_size. */
  readonly removal_fraction: number;
  readonly groups: number;
  /** Over classes of groups of one size, on which whole clips can meet the target. */
  readonly jsd_before: number;
  readonly jsd_after: number;
  /** Over single groups: of pairs, half of them reduced is as far from the target as none. Absent where there are no groups. */
  readonly group_jsd_before?: number;
  readonly group_jsd_after?: number;
  readonly theta?: number;
  readonly similarity?: {
    readonly mean: number;
    readonly sd: number;
    readonly shareAboveTheta: number;
    readonly histogram: readonly number[];
  };
}

/** metadata.json. */
export interface Metadata {
  readonly original_size: number;
  readonly pruned_size: number;
  readonly reduction_percentage: number;
  /** As in the seed, for its readers; every option stands under `settings`. */
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly cluster_stats: Readonly<Record<string, ClusterRecord>>;
  readonly noise_share: number;
  /** Clusters from this label on are of the second clustering, of what the first left over. */
  readonly second_clustering_from: number;
  readonly decisions: Readonly<Record<string, number | string>>;
  /** What a kept clip had to reach to stand for a removed one (see `PruningRule`), with the θ of clips.jsonl where there is one per clip. */
  readonly rule: RuleRecord;
  readonly duplicates: { readonly sets: number; readonly clips: number };
  readonly silent: readonly string[];
  /** Clips too short to be compared by their embeddings. */
  readonly short: readonly string[];
  /** What was asked of the kept clips whichever strategy chose them, and what that took; absent where nothing was asked. */
  readonly constraints?: {
    readonly min_per_label: number;
    readonly max_per_group: Readonly<Partial<Record<GroupKind, number>>>;
    readonly min_per_group: Readonly<Partial<Record<GroupKind, number>>>;
    /** Wanted number of kept clips. */
    readonly size?: number;
    readonly protected: readonly string[];
    readonly excluded: readonly string[];
    readonly report: ConstraintReport;
  };
  /** The runs of the base folder and of its own base, the first one first; absent where there was none. */
  readonly earlier?: readonly EarlierRun[];
  /** Every option as it took effect. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly encoder_fingerprint: string | null;
  /** SHA-256 of every other file that was written with it, by name; folders of earlier versions have those of the certificate alone. */
  readonly files: Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly timings_s: Readonly<Record<string, number>>;
}

/** A clip that can't be used, and why. */
export interface BadClip {
  readonly id: string;
  readonly path: string;
  /** Where it failed: reading and decoding, or encoding. */
  readonly stage: 'decode' | 'encode';
  readonly reason: string;
  /** Set where its file is no longer what it was when its content was looked up: that says nothing of other clips of that content. */
  readonly changed?: true;
}

/**
 * The rules in the order in which they win: what a person decided about a clip, then that a recording of which the strategy kept one of
 * several identical copies keeps one, then the rest as listed. `exclude` and `protect` never meet in one clip.
 */
export const RULES = [
  'protect',
  'exclude',
  'copies',
  'maxPerGroup',
  'minPerLabel',
  'minPerGroup',
  'size',
] as const satisfies readonly string[];

/** One of `RULES`. */
export type Rule = (typeof RULES)[number];

/** A rule that could not be met everywhere, and the rule that won. */
export interface Unmet {
  readonly rule: Rule;
  readonly wonBy: Rule;
  /** How many labels, groups, recordings or (for `size`) clips are concerned. */
  readonly count: number;
  /** The first ten of them: labels, "track NAME", ids of a recording's first clip, ids of clips that could not go or come. */
  readonly names: readonly string[];
}

/** What the constraints changed, and what they could not reach. */
export interface ConstraintReport {
  /** Kept clips before and after: after = before + all added − all removed. */
  readonly before: number;
  readonly after: number;
  /** Kept clips that the strategy had removed, by the rule that brought them; rules that brought none are left out. */
  readonly added: Readonly<Partial<Record<Rule, number>>>;
  /** Removed clips that the strategy had kept, by the rule that took them. */
  readonly removed: Readonly<Partial<Record<Rule, number>>>;
  /** Removed clips of the result without a kept partner that reaches θ. */
  readonly unsupported: number;
  /** In the order of the rules, then of those that won. Empty where everything holds. */
  readonly unmet: readonly Unmet[];
}

/** A pruned dataset folder, read back. */
export interface PrunedFolder {
  readonly path: string;
  readonly metadata: Metadata;
  readonly clips: readonly ClipRecord[];
  readonly removed: readonly RemovedRecord[];
  /** Ids of the clips that are too short to be compared by their embeddings. */
  readonly short: ReadonlySet<string>;
  readonly keep: readonly number[];
  readonly labels: readonly number[];
  /** Whether its files state the rule; where they are of a version that did not, it and the θ of clips were derived from what they say. */
  readonly statesRule: boolean;
}
