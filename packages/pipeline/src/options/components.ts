import { MARBLE_PROBE } from '@refrain/evaluators';
import type { RunValues } from './options.ts';

/** The components that are chosen where nothing is said, but for the encoder and the evaluators. */
export const DEFAULT_COMPONENTS = {
  decoder: 'builtin',
  executor: 'local',
  kernel: 'cpu',
  clusterer: 'hdbscan',
  pruner: 'jensen-shannon',
} as const;

/** What sets are evaluated by where nothing is said. */
export const DEFAULT_EVALUATORS: readonly string[] = ['coverage', 'linear-probe'];

/** What the options of `linear-probe` start from; CLMR's are its own defaults. */
export const PROBES: Readonly<Record<RunValues['probe'], Readonly<Record<string, unknown>>>> = {
  clmr: {},
  marble: { ...MARBLE_PROBE, input: 'mean' },
};

/** The encoders that find most clips of one track in music, side by side; and the one that does where clips are short. docs/benchmarks.md has the figures. */
const USUAL_ENCODERS = 'mfcc,basic-pitch';
/** The encoder that is taken where half of the clips are short. */
export const SHORT_CLIP_ENCODER = 'mfcc';

/**
 * The encoder where none is named: the one that reads a checkpoint of this name; the short clips' where it is given options, which are those of
 * one encoder; else the usual ones, which give way to it in a set of short clips.
 */
export function defaultEncoder(
  checkpointPath: unknown,
  hasOptions: boolean,
): { readonly use: string; readonly isDefault?: true } {
  if (checkpointPath !== undefined)
    return { use: /\.(pt|pth|ckpt|safetensors)$/i.test(String(checkpointPath)) ? 'clmr' : 'onnx' };
  return hasOptions ? { use: SHORT_CLIP_ENCODER } : { use: USUAL_ENCODERS, isDefault: true };
}
