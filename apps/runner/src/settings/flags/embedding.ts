import type { Flag } from './flag.ts';

/** Where clips come from, and how they are embedded. */
export const EMBEDDING_FLAGS: readonly Flag[] = [
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
    isPath: true,
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
    isPath: true,
    help: "the encoder's model",
  },
  {
    name: 'decoder',
    value: 'NAME',
    group: 'source',
    sets: 'decoder',
    help: "builtin (mp3, flac, ogg (Vorbis or FLAC), wav, au), ffmpeg (the machine's own) or node-av; default builtin",
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
    isPath: true,
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
  {
    name: 'ids',
    value: 'FILE',
    group: 'own-embeddings',
    isPath: true,
    help: 'with --embeddings: the clip ids, one per line',
  },
];
