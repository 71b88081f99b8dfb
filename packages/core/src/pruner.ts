import type { Clustering } from './clusterer.ts';
import type { ClipGroups } from './dataset.ts';
import type { KnownScores, ScoreCount } from './kernel.ts';
import type { Matrix } from './matrix.ts';
import type { Random } from './random.ts';

/** Everything a pruner may look at. Index i means clip i in every field; ties are decided by lower index. */
export interface PruneInput {
  /** Clip ids, ascending: callers sort clips by id, so that results do not depend on the order of the dataset. */
  readonly ids: readonly string[];
  /** Rows of length 1, or all zeros, `clips × dim`. */
  readonly embeddings: Matrix;
  readonly clustering: Clustering;
  /** What the strategy foresaw of this input. */
  readonly foreseen?: Foreseen;
  /** How alike each clip is to itself, within 0…1 (split-half reliability). Absent where clips have no segments. */
  readonly reliability?: Float64Array;
  /** Sets of copies: equal numbers are copies of each other, −1 is a clip without copies. Copies share a cluster. */
  readonly duplicateSet?: Int32Array;
  /** Clips with equal numbers decode to equal audio. A refinement of `duplicateSet`. */
  readonly audioIdentity?: Int32Array;
  /** Similarity from which two clips are copies, default 1 − 1e-4. */
  readonly duplicateThreshold?: number;
  /** For each clip that an acoustic fingerprint finds again: the clips of the same recording, ascending. Symmetric, not transitive. Absent where none were taken. */
  readonly sameRecording?: ReadonlyMap<number, readonly number[]>;
  /** Clips that are not among these: they were settled before, and shares that are asked for or named to a person count them too. */
  readonly beside?: ClipsBeside;
  /** 1 for a clip too short to be compared by its embedding: it is redundant with equal audio alone. Absent where there is none. */
  readonly excluded?: Uint8Array;
  /** Which of the clips that may stand for each other is kept rather: the one with the higher number. Absent where all are as good. */
  readonly priority?: Float64Array;
  readonly groups?: readonly (ClipGroups | undefined)[];
  /** Classes of each clip, as numbers that mean nothing but equality; an empty list for a clip without any. Absent where they are not known. */
  readonly labels?: readonly (readonly number[])[];
  /** Fraction of clips to keep, 0…1, in place of the strategy's own knob. */
  readonly keepFraction?: number;
  /** True where only the choice is wanted, not what the strategy would choose at other thresholds. */
  readonly choiceOnly?: boolean;
  readonly random: Random;
}

/** What a strategy asks of all pairs of some clips whatever the clusters are. */
export interface Foreseen {
  readonly among: Uint32Array;
  readonly count: ScoreCount;
  /** Of the cosines of each clip, by which they are scored. */
  readonly moments: Pick<ScoreRule, 'means' | 'deviations'>;
  /** What was counted since, where a clusterer looked at all pairs. */
  readonly known?: KnownScores;
}

/** What was settled before a strategy chooses. */
export interface ClipsBeside {
  /** How many clips stay and go, whatever the strategy does. */
  readonly kept: number;
  readonly gone: number;
  /**
   * Copies that went: of which clip each is one, and its row. A strategy that proves its removals lets that clip go only for one that its copies
   * are as similar to as needed.
   */
  readonly copies: { readonly of: Uint32Array; readonly embeddings: Matrix };
}

/**
 * Why a clip could go, the strongest reason first: `identical` decodes to the same samples as its partner, `same-recording` has the same acoustic
 * fingerprint, `near-identical` is above the duplicate threshold, `redundant` is above θ, `unsupported` was removed by a strategy that does
 * not look for a partner (random).
 */
export const REMOVAL_LEVELS = ['identical', 'same-recording', 'near-identical', 'redundant', 'unsupported'] as const;

/** One of `REMOVAL_LEVELS`. */
export type RemovalLevel = (typeof REMOVAL_LEVELS)[number];

/** One removed clip and the kept clip that stands for it. */
export interface Removal {
  readonly index: number;
  /** Cluster of the clip, −1 for noise. */
  readonly cluster: number;
  /** Redundancy group, unique over all clusters; −1 where the strategy forms none. */
  readonly group: number;
  readonly level: RemovalLevel;
  /** A kept clip: the one that proves it most surely of the group (for `unsupported`: the most similar of all). */
  readonly partner: number;
  /** Similarity to the partner, on the grid of `SIMILARITY_GRID`. */
  readonly similarity: number;
  /** The similarity that was needed; absent for `unsupported`, and where equal audio, a fingerprint or common silence is the proof. */
  readonly theta?: number;
}

/** What happened in one cluster. */
export interface ClusterPruning {
  readonly label: number;
  readonly size: number;
  readonly groups: number;
  readonly kept: number;
  /**
   * Jensen-Shannon divergence in bits from the target, before and after, of the distribution over classes of groups of one size: what whole clips
   * can meet.
   */
  readonly divergenceBefore: number;
  readonly divergenceAfter: number;
  /** The same over single groups, which whole clips often cannot bring nearer to the target; absent where the strategy forms none. */
  readonly groupDivergenceBefore?: number;
  readonly groupDivergenceAfter?: number;
  /**
   * Of the pairwise similarities inside the cluster: mean, standard deviation and share at or above θ; absent below two clips. A strategy may tell those of
   * large clusters by some of their clips, but for the share.
   */
  readonly similarity?: {
    readonly mean: number;
    readonly sd: number;
    readonly shareAboveTheta: number;
    readonly histogram: readonly number[];
  };
  /** Median of the θ of its pairs' clips; absent where nothing could qualify. */
  readonly theta?: number;
}

/**
 * What a pair has to reach by theta=s-norm: a similarity of κ times the higher reliability of the two clips, and a score of τ. The score is the S-norm of the similarity (`scoreOf` of `@refrain/core/pruning`): how far it stands above what each clip has with all others.
 */
export interface ScoreRule {
  readonly kind: 's-norm';
  /** Of each clip. Absent where clips have none: then the score alone decides. */
  readonly reliability?: Float64Array;
  /** Mean of each clip's cosines with all others, on the grid; Infinity lets it go for its copies alone. */
  readonly means: Float64Array;
  /** Their standard deviation, on the grid. */
  readonly deviations: Float64Array;
  readonly kappa: number;
  /** Infinity where no score is rare enough among strangers. */
  readonly tau: number;
  /** The share of pairs from τ on that may be chance. */
  readonly falseDiscoveryRate: number;
}

/**
 * From which similarity on, on the grid, a kept clip stands for a removed one that is no copy of it, as the strategy states it: `none` can prove
 * nothing but copies, `constant` needs `theta` of every pair, `per-clip` the θ of the clip that goes, `pair` the higher θ of the two clips, `s-norm` see `ScoreRule`.
 * `theta` is finite; a θ of Infinity in `thetas`, one per clip, lets a clip go for its copies alone.
 */
export type PruningRule =
  | { readonly kind: 'none' }
  | { readonly kind: 'constant'; readonly theta: number }
  | { readonly kind: 'per-clip' | 'pair'; readonly thetas: Float64Array }
  | ScoreRule;

/** What a pruner decided: who stays, who goes for whom, and by which rule. */
export interface Pruning {
  /** Indices of kept clips, ascending. */
  readonly keep: Uint32Array;
  /** One entry per removed clip, ascending by index. */
  readonly removed: readonly Removal[];
  readonly clusters: readonly ClusterPruning[];
  /** Redundancy group of each clip, −1 where the strategy forms none. */
  readonly group: Int32Array;
  /** The cluster that each group belongs to, by its label, where groups may hold clips of several. Absent where each lies in one. */
  readonly clusterOfGroup?: Int32Array;
  /** What the strategy decided on the way, for metadata.json: numbers and short strings, e.g. t used, κ asked and used. */
  readonly decisions: Readonly<Record<string, number | string>>;
  /** What every removal that is not `unsupported` and no copy had to reach. */
  readonly rule: PruningRule;
  /** What the same strategy would do at other thresholds, by falling θ. Absent where it has none. */
  readonly alternatives?: readonly PruningAlternative[];
  /** What the same strategy would choose at other values of its option `t`, each when it is asked for. Absent where it has no such option. */
  readonly sweep?: (values: readonly number[]) => Iterable<PruningAt>;
}

/** The choice of a strategy at another `t`. */
export interface PruningAt extends Pick<Pruning, 'keep' | 'removed'> {
  readonly t: number;
  /** The mean of its clusters' divergences from the target at that `t`, weighted by their clips, in bits. */
  readonly divergenceBefore: number;
  readonly divergenceAfter: number;
}

/** The choice of a strategy at another threshold. */
export interface PruningAlternative {
  /** What θ is multiplied by, or the only one where θ is a number. */
  readonly kappa: number;
  /** With theta=s-norm: the score that was needed. */
  readonly tau?: number;
  /** Median θ of the clips that have one. */
  readonly theta: number;
  /** Indices of kept clips, ascending. */
  readonly keep: Uint32Array;
  /** Similarity of the least similar removed clip to its kept partner, those of equal audio or one recording left out; absent where there is none. */
  readonly worstPartnerSimilarity?: number;
}

/** Chooses which clips to keep. */
export interface Pruner {
  readonly name: string;
  /** What it will ask of all pairs, so that it can be counted where a clusterer looks at them anyway: it comes back with the input. Undefined where that is nothing. */
  foresee?(input: Omit<PruneInput, 'clustering'>): Promise<Foreseen | undefined>;
  prune(input: PruneInput): Promise<Pruning>;
}
