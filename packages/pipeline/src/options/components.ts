import { MARBLE_PROBE } from '@refrain/evaluators';
import type { RunValues } from './options.ts';

/** The components that are chosen where nothing is said, but for the encoder and the evaluators. */
export const DEFAULT_COMPONENTS = {
  decoder: 'builtin',
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

/** The encoder that reads a checkpoint of this name, or needs none. */
export function defaultEncoder(checkpointPath: unknown): string {
  if (checkpointPath === undefined) return 'mfcc';
  return /\.(pt|pth|ckpt|safetensors)$/i.test(String(checkpointPath)) ? 'clmr' : 'onnx';
}
