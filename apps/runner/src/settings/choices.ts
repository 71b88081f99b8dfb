import { ConfigError, KINDS } from '@refrain/core';
import { MARBLE_PROBE } from '@refrain/evaluators';
import type { Choice, Choices } from '@refrain/pipeline';
import { FLAGS } from './flags.ts';
import type { RawValues } from './given.ts';

const DEFAULTS = { decoder: 'builtin', kernel: 'cpu', clusterer: 'hdbscan', pruner: 'jensen-shannon' } as const;

/** Whose options a probe starts from. */
export const PROBE_NAMES = ['clmr', 'marble'] as const;

type ProbeName = (typeof PROBE_NAMES)[number];

/** What the options of `linear-probe` start from; CLMR's are its own defaults. */
const PROBES: Readonly<Record<ProbeName, Readonly<Record<string, unknown>>>> = {
  clmr: {},
  marble: { ...MARBLE_PROBE, input: 'mean' },
};

/** The components that the values choose, each with the options meant for it; those of `probe` give way to the values. */
export function chooseComponents(merged: RawValues, probe: ProbeName): Choices {
  const names: Record<string, string> = { ...DEFAULTS, encoder: defaultEncoder(merged) };
  const options: Record<string, Readonly<Record<string, unknown>>> = { 'linear-probe': PROBES[probe] };
  for (const [name, value] of Object.entries(merged)) {
    const target = FLAGS.find((flag) => flag.name === name)?.sets ?? (name.includes('.') ? name : undefined);
    if (target === undefined) continue;
    const [owner, option] = splitTarget(target, name);
    if (option === undefined) names[owner] = String(value);
    else options[owner] = { ...options[owner], [option]: value };
  }
  const choice = (kind: string): Choice | undefined =>
    names[kind] === undefined ? undefined : { use: names[kind], options: options[kind] ?? {} };
  const single = KINDS.filter((kind) => kind !== 'evaluator').map((kind) => [kind, choice(kind)] as const);
  const evaluator = ['coverage', 'linear-probe'].map((use) => ({ use, options: options[use] ?? {} }));
  return { ...Object.fromEntries(single.filter(([, chosen]) => chosen !== undefined)), evaluator };
}

function splitTarget(target: string, name: string): [owner: string, option: string | undefined] {
  const dot = target.indexOf('.');
  const owner = dot < 0 ? target : target.slice(0, dot);
  const owners = [...KINDS.filter((kind) => kind !== 'evaluator'), 'coverage', 'linear-probe'];
  if (owners.includes(owner)) return [owner, dot < 0 ? undefined : target.slice(dot + 1)];
  throw new ConfigError(
    name,
    `--${name}: no component kind is called "${owner}". Options of components begin with one of ${owners.join(', ')}.`,
  );
}

function defaultEncoder(merged: RawValues): string {
  const checkpoint = merged['checkpoint-path'] ?? merged['encoder.checkpointPath'];
  if (checkpoint === undefined) return 'mfcc';
  return /\.(pt|pth|ckpt|safetensors)$/i.test(String(checkpoint)) ? 'clmr' : 'onnx';
}
