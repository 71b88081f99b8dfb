import { GROUP_KINDS } from '@refrain/pruners';
import type { Flag } from './flag.ts';

/** Which clips stay. */
export const PRUNING_FLAGS: readonly Flag[] = [
  {
    name: 'kernel',
    value: 'NAME',
    group: 'prune',
    sets: 'kernel',
    help: 'where similarities are computed: cpu, gpu or reference; default cpu',
  },
  { name: 'duplicates', value: 'on|off', group: 'prune', help: 'join copies before clustering; default on' },
  {
    name: 'fingerprints',
    value: 'on|off',
    group: 'prune',
    help: 'also join clips of one recording that acoustic fingerprints (Chromaprint) find, e.g. re-encodings; default off',
  },
  {
    name: 'shortest',
    value: 'SECONDS',
    group: 'prune',
    help: 'shorter clips belong to no cluster, and no strategy compares them but as equal audio; default 0.5',
  },
  {
    name: 'clusterer',
    value: 'NAME',
    group: 'prune',
    sets: 'clusterer',
    help: 'hdbscan or k-means, or one of a plugin; default hdbscan',
  },
  {
    name: 'min-cluster-size',
    value: 'N',
    group: 'prune',
    sets: 'clusterer.minClusterSize',
    help: 'the smallest group of clips that is a cluster; default 10',
  },
  {
    name: 'min-samples',
    value: 'N',
    group: 'prune',
    sets: 'clusterer.minSamples',
    help: 'how dense a neighbourhood must be; default: as min-cluster-size',
  },
  {
    name: 'cluster-selection-method',
    value: 'eom|leaf',
    group: 'prune',
    sets: 'clusterer.clusterSelectionMethod',
    help: 'default eom',
  },
  {
    name: 'cluster-selection-epsilon',
    value: 'D',
    group: 'prune',
    sets: 'clusterer.clusterSelectionEpsilon',
    help: 'clusters nearer than this are not split; default 0',
  },
  {
    name: 'pruner',
    value: 'NAME',
    group: 'prune',
    sets: 'pruner',
    help: 'jensen-shannon, random or another that `refrain plugins` lists; default jensen-shannon',
  },
  {
    name: 't',
    value: 'T',
    group: 'prune',
    sets: 'pruner.t',
    help: '0 keeps everything, 1 keeps one clip per redundancy group; default 0.5',
  },
  {
    name: 'keep',
    value: 'SHARE',
    group: 'prune',
    help: 'wanted share of the train set, e.g. 0.6 or 60%, in place of --t',
  },
  {
    name: 'threshold',
    value: 'S',
    group: 'prune',
    sets: 'pruner.threshold',
    help: 'similarity from which two clips are redundant, in place of the rule that finds it',
  },
  {
    name: 'noise',
    value: 'prune|keep|recluster',
    group: 'prune',
    sets: 'pruner.noise',
    help: 'clips in no cluster: prune them as one more cluster, keep them, or cluster them once more and prune; default prune',
  },
  {
    name: 'base',
    value: 'DIR',
    group: 'one-set',
    help: 'an earlier folder: what it kept stays, what it removed stays removed, only other clips are judged; its options are the defaults',
  },
  {
    name: 'reuse',
    value: 'DIR',
    group: 'reuse',
    help: 'prune what an earlier folder holds with another t, strategy, noise policy or other rules: nothing is embedded or clustered again',
  },
  {
    name: 'min-per-label',
    value: 'N',
    group: 'rules',
    help: 'at least so many kept clips of each label, or all it has; default 0',
  },
  ...GROUP_KINDS.map(
    (kind): Flag => ({
      name: `max-per-${kind}`,
      value: 'N|any',
      group: 'rules',
      help: `at most so many kept clips of one ${kind}; default any`,
    }),
  ),
  ...GROUP_KINDS.map(
    (kind): Flag => ({
      name: `min-per-${kind}`,
      value: 'N',
      group: 'rules',
      help: `at least so many kept clips of each ${kind}, or all it has; default 0`,
    }),
  ),
  {
    name: 'keep-rules',
    value: 'RULE',
    group: 'rules',
    repeatable: true,
    help: 'which of clips that stand for each other stays: labels (more), longer, rate (higher), clipping (less), path:REGEX; repeat it, the first decides',
  },
  {
    name: 'overrides',
    value: 'FILE',
    group: 'rules',
    isPath: true,
    help: 'your own decisions, one {"id": …, "decision": "keep" or "remove"} per line; they win over everything',
  },
  {
    name: 'merge-labels',
    value: 'on|off',
    group: 'one-set',
    help: 'give the labels of a removed clip to the kept clip that stands for it, in clips.jsonl and manifest.parquet; default off',
  },
];
