import { booleanOption, numberOption, z } from '@refrain/core';
import { option, share, shortFor } from './option.ts';

/** The spaces in which similarities can be taken. */
const SPACES = ['whitened', 'standardized', 'raw'] as const;
/** A space in which similarities are taken. */
export type SpaceKind = (typeof SPACES)[number];

/** Where clips come from, and how they become embeddings. */
export const CLIP_OPTIONS = {
  dataset: shortFor(
    'dataset',
    'source',
    'the dataset: magnatagatune, msd, gtzan, librispeech, audio, manifest, demo, or one of a plugin',
    { value: 'NAME', invalidates: 'embeddings' },
  ),
  datasetDir: shortFor('dataset.dir', 'source', 'its folder; a manifest may be a file', {
    value: 'DIR',
    isPath: true,
    invalidates: 'embeddings',
  }),
  splitName: shortFor(
    'dataset.splitName',
    'source',
    'magnatagatune: which split of the literature, pons2017 or clean; default pons2017',
    { value: 'NAME', invalidates: 'embeddings' },
  ),
  encoder: shortFor(
    'encoder',
    'source',
    'clmr, onnx, mfcc or basic-pitch, or one of a plugin, or several side by side, mfcc,basic-pitch; default: clmr for a .pt, .pth, .ckpt or .safetensors checkpoint, onnx for another; else mfcc,basic-pitch, or mfcc alone where half of the clips are shorter than 8 s or options of the encoder are given',
    { value: 'NAME', invalidates: 'embeddings' },
  ),
  checkpointPath: shortFor('encoder.checkpointPath', 'source', "the encoder's model", {
    value: 'FILE',
    isPath: true,
    invalidates: 'embeddings',
  }),
  decoder: shortFor(
    'decoder',
    'source',
    "builtin (mp3, flac, ogg (Vorbis or FLAC), wav, au) or ffmpeg (the machine's own); default builtin",
    { value: 'NAME', invalidates: 'embeddings' },
  ),
  clipTimeLimit: option(
    'embed',
    numberOption((n) => n.positive()).default(300),
    'a clip that takes longer to decode and embed is set aside',
    { value: 'SECONDS' },
  ),
  maxBad: option(
    'embed',
    share((n) => n.min(0)).default(0.01),
    'share of unreadable clips that is still accepted, e.g. 1%, rounded up to whole clips',
    { value: 'SHARE' },
  ),
  serveAudio: option(
    'embed',
    z
      .string()
      .regex(/^.+:\d{1,5}$/, 'give HOST:PORT')
      .optional(),
    'serve audio to workers that do not see its files, at HOST, a name of this machine, and PORT; REFRAIN_AUDIO_TOKEN may hold what they must know',
    { value: 'HOST:PORT', ownWordOnly: true },
  ),
  pooling: option(
    'space',
    z.enum(['mean', 'first', 'flatten']).default('mean'),
    'from segments to one embedding per clip',
    { invalidates: 'space' },
  ),
  space: option(
    'space',
    z.enum(SPACES).default('whitened'),
    'where similarities are taken: whitened (what varies within clips counts little; of clips of one segment, what all vary by), standardized (features to mean 0 and deviation 1 over the train set) or raw',
    { invalidates: 'space' },
  ),
  embeddings: option(
    'ownEmbeddings',
    z.string().optional(),
    'own embeddings, .npy or .parquet, one row per clip, in place of the encoder; a dataset joins labels and splits to them by id',
    { value: 'FILE', isPath: true, invalidates: 'embeddings' },
  ),
  embeddingsColumn: option(
    'ownEmbeddings',
    z.string().optional(),
    'with embeddings in a .parquet file: the column of lists, or of lists of segments; default embedding',
    { value: 'NAME', invalidates: 'embeddings' },
  ),
  idsColumn: option(
    'ownEmbeddings',
    z.string().optional(),
    'with embeddings in a .parquet file: the column of clip ids; default id, where there is one',
    { value: 'NAME', invalidates: 'embeddings' },
  ),
  ids: option('ownEmbeddings', z.string().optional(), 'with own embeddings: the clip ids, one per line', {
    value: 'FILE',
    isPath: true,
    invalidates: 'embeddings',
  }),
  segments: option(
    'ownEmbeddings',
    z.string().optional(),
    'own embeddings of segments, .npy, the rows of one clip after those of another, in place of embeddings',
    { value: 'FILE', isPath: true, invalidates: 'embeddings' },
  ),
  segmentStarts: option(
    'ownEmbeddings',
    z.string().optional(),
    'with segments: the first row of each clip, whole numbers in a .npy file; the number of rows may stand at the end',
    { value: 'FILE', isPath: true, invalidates: 'embeddings' },
  ),
  outsideAudio: option(
    'earlier',
    booleanOption().default(false),
    'of a dataset that an earlier folder names, also take audio from outside the folder of the dataset, where links and .. may lead',
    { ownWordOnly: true },
  ),
};
