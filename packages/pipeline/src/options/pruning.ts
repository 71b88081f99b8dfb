import { booleanOption, numberOption, z } from '@refrain/core';
import { option, share, shortFor } from './option.ts';

/**
 * What becomes of clips that are copies of each other: `one` of every set stays, whatever the strategy is; `quota` leaves them to the strategy as
 * redundant clips like others; `keep` leaves them all.
 */
const DUPLICATE_POLICIES = ['one', 'quota', 'keep'] as const;
/** What becomes of copies. */
export type DuplicatePolicy = (typeof DUPLICATE_POLICIES)[number];

const maxPer = (kind: string) =>
  option(
    'rules',
    z.preprocess((value) => (value === 'any' ? undefined : value), numberOption((n) => n.int().min(1)).optional()),
    `at most so many kept clips of one ${kind}; default any`,
    { value: 'N|any', invalidates: 'choice' },
  );

const minPer = (kind: string) =>
  option(
    'rules',
    numberOption((n) => n.int().min(0)).optional(),
    `at least so many kept clips of each ${kind}, or all it has; default 0`,
    { invalidates: 'choice' },
  );

/** Which clips are duplicates, which belong together, and which stay. */
export const PRUNING_OPTIONS = {
  kernel: shortFor(
    'kernel',
    'prune',
    'where similarities are computed: cpu, gpu, distributed or reference; default cpu',
    {
      value: 'NAME',
    },
  ),
  duplicates: option(
    'duplicates',
    z.enum(DUPLICATE_POLICIES).default('one'),
    'of clips that are copies of each other: one (one of them stays, always), quota (they are as other redundant clips) or keep (all stay)',
    { invalidates: 'choice' },
  ),
  fingerprints: option(
    ['duplicates', 'leaks', 'copies'],
    booleanOption().optional(),
    'also find clips of one recording by acoustic fingerprints (Chromaprint), e.g. re-encodings; default: off where clips are pruned, on for leaks and duplicates',
    { invalidates: 'clusters' },
  ),
  shortest: option(
    'duplicates',
    numberOption((n) => n.min(0)).default(0.5),
    'shorter clips belong to no cluster, and no strategy compares them but as equal audio',
    { value: 'SECONDS', invalidates: 'clusters' },
  ),
  clusterer: shortFor('clusterer', 'cluster', 'hdbscan or k-means, or one of a plugin; default hdbscan', {
    value: 'NAME',
    invalidates: 'clusters',
  }),
  minClusterSize: shortFor(
    'clusterer.minClusterSize',
    'cluster',
    'the smallest group of clips that is a cluster; default 10',
    { value: 'N', invalidates: 'clusters' },
  ),
  minSamples: shortFor('clusterer.minSamples', 'cluster', 'how dense a neighbourhood must be; default 2', {
    value: 'N',
    invalidates: 'clusters',
  }),
  clusterSelectionMethod: shortFor(
    'clusterer.clusterSelectionMethod',
    'cluster',
    'which clusters of the hierarchy are taken; default eom',
    { value: 'eom|leaf', invalidates: 'clusters' },
  ),
  clusterSelectionEpsilon: shortFor(
    'clusterer.clusterSelectionEpsilon',
    'cluster',
    'clusters nearer than this are not split; default 0',
    { value: 'D', invalidates: 'clusters' },
  ),
  pruner: shortFor(
    'pruner',
    'prune',
    'jensen-shannon, random or another that `refrain plugins` lists; default jensen-shannon',
    { value: 'NAME', invalidates: 'choice' },
  ),
  t: shortFor('pruner.t', 'prune', '0 keeps everything, 1 keeps one clip per redundancy group; default 0.5', {
    value: 'T',
    invalidates: 'choice',
  }),
  keep: option(
    'prune',
    share((n) => n.gt(0)).optional(),
    'wanted share of the train set, e.g. 0.6 or 60%, in place of t',
    { value: 'SHARE', invalidates: 'choice' },
  ),
  theta: shortFor(
    'pruner.theta',
    'prune',
    'which pairs of clips are redundant, of jensen-shannon: nearly as alike as to themselves and as no strangers are (s-norm), as alike as to themselves (reliability), as clips of one track are (tracks), or more alike than the bulk (fdr); default s-norm',
    { value: 's-norm|reliability|tracks|fdr', invalidates: 'choice' },
  ),
  threshold: shortFor(
    'pruner.threshold',
    ['prune', 'leaks', 'copies'],
    'similarity from which two clips are redundant, in place of the rule that finds it; for leaks and duplicates: near-identical, default 0.9999',
    { value: 'S', invalidates: 'choice' },
  ),
  noise: shortFor(
    'pruner.noise',
    'prune',
    'clips in no cluster: prune them as one more cluster, keep them, or cluster them once more and prune; default prune',
    { value: 'prune|keep|recluster', invalidates: 'choice' },
  ),
  base: option(
    'parent',
    z.string().optional(),
    'an earlier folder: what it kept stays, what it removed stays removed, only other clips are judged; its options are the defaults',
    { value: 'DIR', ownWordOnly: true },
  ),
  minPerLabel: minPer('label'),
  maxPerTrack: maxPer('track'),
  maxPerAlbum: maxPer('album'),
  maxPerArtist: maxPer('artist'),
  minPerTrack: minPer('track'),
  minPerAlbum: minPer('album'),
  minPerArtist: minPer('artist'),
  keepRules: option(
    'rules',
    z.array(z.string()).default([]),
    'which of clips that stand for each other stays: labels (more), longer, rate (higher), clipping (less), path:REGEX; repeat it, the first decides',
    { value: 'RULE', isRepeatable: true, invalidates: 'choice' },
  ),
  overrides: option(
    'rules',
    z.string().optional(),
    'your own decisions, one {"id": …, "decision": "keep" or "remove"} per line; they win over everything',
    { value: 'FILE', isPath: true, invalidates: 'choice' },
  ),
  mergeLabels: option(
    'parent',
    booleanOption().default(false),
    'give the labels of a removed clip to the kept clip that stands for it, in clips.jsonl and manifest.parquet',
    { invalidates: 'choice' },
  ),
  thresholds: option(
    'prunedFolder',
    booleanOption().default(false),
    'also write thresholds.tsv: what the same strategy would keep at other thresholds',
  ),
};
