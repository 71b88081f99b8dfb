import { GROUP_KINDS } from '@refrain/pruners';

/** The commands that make or judge a pruned dataset, and which groups of flags they take. */
export type FlagGroup =
  | 'source'
  | 'embed'
  | 'own-embeddings'
  | 'prune'
  | 'rules'
  | 'one-set'
  | 'reuse'
  | 'evaluate'
  | 'coverage'
  | 'compare'
  | 'leaks'
  | 'export'
  | 'verify'
  | 'output'
  | 'new-folder'
  | 'always';

/** One option of the command line and the run file. */
export interface Flag {
  /** In kebab-case; the run file takes it so, in camelCase, or with underscores as the seed's scripts did. */
  readonly name: string;
  /** What stands after it, for the help; absent for a switch. */
  readonly value?: string;
  readonly help: string;
  readonly group: FlagGroup | readonly FlagGroup[];
  /** The component option it sets, e.g. `pruner.t`, or the kind whose component it chooses, e.g. `pruner`. Absent for a setting of the run itself. */
  readonly sets?: string;
  readonly repeatable?: boolean;
}

/** Every option, in the order of the help. Options of components have a long form besides, `--pruner.t 0.5`, for those without a short one too. */
export const FLAGS: readonly Flag[] = [
  {
    name: 'dataset',
    value: 'NAME',
    group: 'source',
    sets: 'dataset',
    help: 'the dataset: magnatagatune, msd, gtzan, librispeech, audio, manifest, demo, or one of a plugin',
  },
  {
    name: 'dataset-dir',
    value: 'DIR',
    group: 'source',
    sets: 'dataset.dir',
    help: 'its folder; a manifest may be a file',
  },
  {
    name: 'split-name',
    value: 'NAME',
    group: 'source',
    sets: 'dataset.splitName',
    help: 'magnatagatune: which split of the literature, pons2017 or clean; default pons2017',
  },
  {
    name: 'encoder',
    value: 'NAME',
    group: 'source',
    sets: 'encoder',
    help: 'clmr, onnx or mfcc, or one of a plugin; default: clmr for a .pt, .pth, .ckpt or .safetensors --checkpoint-path, onnx for another, else mfcc',
  },
  {
    name: 'checkpoint-path',
    value: 'FILE',
    group: 'source',
    sets: 'encoder.checkpointPath',
    help: "the encoder's model",
  },
  {
    name: 'decoder',
    value: 'NAME',
    group: 'source',
    sets: 'decoder',
    help: "builtin (mp3, flac, ogg vorbis, wav, au), ffmpeg (the machine's own) or node-av; default builtin",
  },
  {
    name: 'clip-time-limit',
    value: 'SECONDS',
    group: 'embed',
    help: 'a clip that takes longer to decode and embed is set aside; default 300',
  },
  {
    name: 'max-bad',
    value: 'SHARE',
    group: 'embed',
    help: 'share of unreadable clips that is still accepted, rounded up to whole clips; default 1%',
  },
  {
    name: 'pooling',
    value: 'HOW',
    group: 'embed',
    help: 'mean, first or flatten: from segments to one embedding per clip; default mean',
  },
  {
    name: 'standardize',
    value: 'on|off',
    group: 'embed',
    help: 'features to mean 0 and deviation 1 over the train set; default on',
  },
  {
    name: 'embeddings',
    value: 'FILE',
    group: 'own-embeddings',
    help: 'own float embeddings, .npy or .parquet, one row per clip, in place of dataset and encoder',
  },
  {
    name: 'embeddings-column',
    value: 'NAME',
    group: 'own-embeddings',
    help: 'with --embeddings FILE.parquet: the column of lists; default embedding',
  },
  {
    name: 'ids-column',
    value: 'NAME',
    group: 'own-embeddings',
    help: 'with --embeddings FILE.parquet: the column of clip ids; default id, where there is one',
  },
  { name: 'ids', value: 'FILE', group: 'own-embeddings', help: 'with --embeddings: the clip ids, one per line' },
  {
    name: 'kernel',
    value: 'NAME',
    group: 'prune',
    sets: 'kernel',
    help: 'where similarities are computed: cpu or reference; default cpu',
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
    help: 'your own decisions, one {"id": …, "decision": "keep" or "remove"} per line; they win over everything',
  },
  {
    name: 'merge-labels',
    value: 'on|off',
    group: 'one-set',
    help: 'give the labels of a removed clip to the kept clip that stands for it, in clips.jsonl and manifest.parquet; default off',
  },
  { name: 'draws', value: 'N', group: 'evaluate', help: 'random sets and probe seeds to compare with; default 10' },
  {
    name: 'coverage-draws',
    value: 'N',
    group: 'coverage',
    help: 'random sets for the measures that need no training; default 100',
  },
  {
    name: 'probe',
    value: 'clmr|marble',
    group: 'evaluate',
    help: "whose options the probe starts from, others win over them: CLMR's, or MARBLE's for MagnaTagATune (for GTZAN it has --linear-probe.patience 20 --linear-probe.plateauPatience 6 besides); default clmr",
  },
  { name: 'finetuner-mlp', group: 'evaluate', sets: 'linear-probe.mlp', help: 'a probe with one hidden layer' },
  {
    name: 'finetuner-checkpoint-path',
    value: 'FILE',
    group: 'evaluate',
    sets: 'linear-probe.headPath',
    help: 'a trained head (.pt, .ckpt, .safetensors) to test in place of training one; not with run',
  },
  {
    name: 'finetuner-max-epochs',
    value: 'N',
    group: 'evaluate',
    sets: 'linear-probe.maxEpochs',
    help: 'default 200, with --probe marble 100',
  },
  {
    name: 'budget',
    value: 'LIST',
    group: 'compare',
    help: 'what a probe may take: as many epochs as on the whole set, as many optimiser steps, or both; default epochs,steps',
  },
  {
    name: 'published',
    value: 'FILE',
    group: 'compare',
    help: "figures of somebody else, in the form of CLMR's results.json, to stand beside these in the tables",
  },
  {
    name: 'resample-by',
    value: 'track|artist|clip',
    group: 'compare',
    help: 'what test clips are drawn together by for intervals; default track, where the dataset knows tracks',
  },
  {
    name: 'metadata-only',
    group: 'leaks',
    help: 'compare only tracks, albums and artists, as far as the dataset knows them; reads no audio',
  },
  {
    name: 'allow',
    value: 'KINDS',
    group: 'leaks',
    help: 'leaks that do not make the exit status 1, e.g. album,artist',
  },
  {
    name: 'again',
    value: 'on|off',
    group: 'verify',
    help: 'also prune again from the folder alone and compare; off checks the certificate only; default on',
  },
  {
    name: 'jitter',
    value: 'X',
    group: 'verify',
    help: 'name the clips whose being kept may hang on changes of this size in the embeddings, before rules; 0 for none; default 1e-6',
  },
  {
    name: 'form',
    value: 'FORM',
    group: 'export',
    help: "list (kept.jsonl and ids), native (the dataset's own files), links or copies (the audio); default list",
  },
  {
    name: 'output-dir',
    value: 'DIR',
    group: 'new-folder',
    help: 'where a new folder pruned_{dataset}_{time} is made; default ./pruned_data',
  },
  {
    name: 'output',
    value: 'DIR',
    group: ['output', 'export'],
    help: 'exactly this folder, which must not exist yet',
  },
  {
    name: 'config',
    value: 'FILE',
    group: 'always',
    help: 'a JSON run file with any of these options; flags win over it',
  },
  {
    name: 'plugin',
    value: 'NAME',
    group: 'always',
    repeatable: true,
    help: 'a plugin: a package name or a path; may be repeated',
  },
  {
    name: 'cache-dir',
    value: 'DIR',
    group: 'always',
    help: 'where embeddings are kept for the next run; default: refrain in the cache folder of the user',
  },
  { name: 'workers', value: 'N', group: ['always', 'verify'], help: 'threads; default: available cores' },
  { name: 'seed', value: 'N', group: 'always', help: 'of everything random; default 42' },
  { name: 'json', group: ['always', 'verify'], help: 'one JSON object on stdout in place of text' },
  { name: 'quiet', group: ['always', 'verify'], help: 'no progress and no notes' },
];

/** A name in any spelling (`min_cluster_size`, `minClusterSize`) as the kebab-case of flags. */
function kebabCase(name: string): string {
  return name
    .replaceAll('_', '-')
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
}

/** A name from the command line or a run file in the form `Settings` are read from: kebab-case, or `kind.option` as the component spells it. */
export function canonicalName(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0 ? kebabCase(name) : `${kebabCase(name.slice(0, dot))}${name.slice(dot)}`;
}

/** How a user writes a component option: `--t (pruner.t)`, or `--pruner.kappa` where there is no short form. */
export function spelling(option: string): string {
  const flag = FLAGS.find((one) => one.sets === option);
  return flag === undefined || flag.name === option ? `--${option}` : `--${flag.name} (${option})`;
}
