import { resolve } from 'node:path';
import { booleanOption, numberOption, z } from '@refrain/core';
import { bytesOf, listOf, option, shortFor } from './option.ts';

/** Whose options a probe starts from. */
const PROBE_NAMES = ['clmr', 'marble'] as const;

/** By such names go the files of models. */
export const MODEL_FILE = /\.(onnx|pt|pth|ckpt|safetensors)$/i;

/** What a run can save besides its results, for others to compute them again. */
const SAVED = ['predictions', 'segments'] as const;
/** Something that `save` keeps. */
export type Saved = (typeof SAVED)[number];

/** An encoder by its name, a model by its file, or, as in a run file, either with options. */
const probeEncoderSchema = z
  .union([
    z
      .string()
      .min(1)
      .transform((name) => (MODEL_FILE.test(name) ? resolve(name) : name)),
    z.object({ use: z.string().min(1) }).catchall(z.unknown()),
  ])
  .optional();

/** How sets are compared, splits checked, and what is written besides; and what every step takes. */
export const EVALUATION_OPTIONS = {
  evaluator: shortFor(
    'evaluator',
    'evaluate',
    'what sets are evaluated by, repeatable; its options are evaluators.NAME.OPTION; default linear-probe, with run, baseline and evaluate coverage too',
    { value: 'NAME', isRepeatable: true },
  ),
  draws: option(
    'evaluate',
    numberOption((n) => n.int().min(2)).default(10),
    'random sets and probe seeds to compare with',
  ),
  coverageDraws: option(
    'coverage',
    numberOption((n) => n.int().min(2)).default(100),
    'random sets for the measures that need no training',
  ),
  probe: option(
    'evaluate',
    z.enum(PROBE_NAMES).default('clmr'),
    "whose options the probe starts from, others win over them: CLMR's, or MARBLE's for MagnaTagATune (for GTZAN it has linear-probe.patience 20 and linear-probe.plateauPatience 6 besides)",
  ),
  probeEncoder: option(
    'evaluate',
    probeEncoderSchema,
    'the encoder whose features the probe learns from, where it is another than the one that prunes: a name, or the file of a model; its features are standardised, never whitened',
    { value: 'NAME' },
  ),
  finetunerMlp: shortFor('linear-probe.mlp', 'evaluate', 'a probe with one hidden layer', { value: '' }),
  finetunerCheckpointPath: shortFor(
    'linear-probe.headPath',
    'evaluate',
    'a trained head (.pt, .ckpt, .safetensors) to test in place of training one; not with run',
    { value: 'FILE', isPath: true, ownWordOnly: true },
  ),
  finetunerMaxEpochs: shortFor('linear-probe.maxEpochs', 'evaluate', "default 200, with MARBLE's probe 100", {
    value: 'N',
  }),
  budget: option(
    'compare',
    z.preprocess(listOf, z.array(z.enum(['epochs', 'steps']))).default(['epochs', 'steps']),
    'what a probe may take: as many epochs as on the whole set, as many optimiser steps, or both',
    { value: 'LIST' },
  ),
  published: option(
    'compare',
    z.string().optional(),
    "figures of somebody else, in the form of CLMR's results.json, to stand beside these in the tables",
    { value: 'FILE' },
  ),
  resampleBy: option(
    'compare',
    z.enum(['track', 'artist', 'clip']).optional(),
    'what test clips are drawn together by for intervals; default track, where the dataset knows tracks',
  ),
  metadataOnly: option(
    'leaks',
    booleanOption().default(false),
    'compare only tracks, albums and artists, as far as the dataset knows them; reads no audio',
    { value: '' },
  ),
  allow: option('leaks', z.string().default(''), 'leaks that do not make the exit status 1, e.g. album,artist', {
    value: 'KINDS',
  }),
  save: option(
    'save',
    z.preprocess(listOf, z.array(z.enum(SAVED))).default([]),
    'what others need to compute the figures again: predictions (for each test clip), segments (their embeddings), or both',
    { value: 'LIST' },
  ),
  plugin: option('always', z.array(z.string()).default([]), 'a plugin: a package name or a path; may be repeated', {
    value: 'NAME',
    isRepeatable: true,
    ownWordOnly: true,
  }),
  cacheDir: option(
    'always',
    z.string().optional(),
    'where embeddings are kept for the next run; default: refrain in the cache folder of the user',
    { value: 'DIR', ownWordOnly: true },
  ),
  workers: option(
    ['always', 'verify', 'report'],
    numberOption((n) => n.int().min(1)).optional(),
    'threads; default: available cores',
    { ownWordOnly: true },
  ),
  maxMemory: option(
    'prunedFolder',
    z.preprocess(bytesOf, z.number({ error: 'expected a size such as 1GB, 500MB or 8GiB' }).positive()).optional(),
    'memory that pruning may take, e.g. 1GB, 500MB or 8GiB: fewer threads work and nothing is copied for speed, and what cannot fit is refused before it begins; default: as much as is quickest',
    { value: 'SIZE', ownWordOnly: true },
  ),
  seed: option('always', numberOption((n) => n.int().min(0)).default(42), 'of everything random', {
    invalidates: 'choice',
  }),
};
