import type { Flag } from './flag.ts';

/** How sets are compared, and splits checked. */
export const EVALUATION_FLAGS: readonly Flag[] = [
  {
    name: 'evaluator',
    value: 'NAME',
    group: 'evaluate',
    repeatable: true,
    help: 'what sets are evaluated by, repeatable; its options are --evaluators.NAME.OPTION; default linear-probe, with run, baseline and evaluate coverage too',
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
    ownWordOnly: true,
    value: 'FILE',
    group: 'evaluate',
    sets: 'linear-probe.headPath',
    isPath: true,
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
];
