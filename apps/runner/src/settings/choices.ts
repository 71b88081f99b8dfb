import { ConfigError, KINDS, nearest } from '@refrain/core';
import { MARBLE_PROBE } from '@refrain/evaluators';
import type { Choice, Choices, PROBE_NAMES } from '@refrain/pipeline';
import type { RawValues } from './given.ts';
import { FLAGS } from './options.ts';

const DEFAULTS = { decoder: 'builtin', kernel: 'cpu', clusterer: 'hdbscan', pruner: 'jensen-shannon' } as const;

/** What sets are evaluated by where nothing is said. */
const EVALUATORS = ['coverage', 'linear-probe'];

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
  const evaluators = evaluatorsOf(merged);
  for (const [name, value] of Object.entries(merged)) {
    if (name === 'evaluator') continue;
    const target = FLAGS.find((flag) => flag.name === name)?.sets ?? (name.includes('.') ? name : undefined);
    if (target === undefined) continue;
    const [owner, option] = splitTarget(target, name, evaluators);
    if (option === undefined) names[owner] = String(value);
    else options[owner] = { ...options[owner], [option]: value };
  }
  const choice = (kind: string): Choice | undefined =>
    names[kind] === undefined ? undefined : { use: names[kind], options: options[kind] ?? {} };
  const single = KINDS.filter((kind) => kind !== 'evaluator').map((kind) => [kind, choice(kind)] as const);
  const evaluator = evaluators.map((use) => ({ use, options: options[use] ?? {} }));
  return { ...Object.fromEntries(single.filter(([, chosen]) => chosen !== undefined)), evaluator };
}

/** The chosen evaluators, as a list or as text with commas. */
function evaluatorsOf({ evaluator }: RawValues): readonly string[] {
  if (evaluator === undefined) return EVALUATORS;
  const names = [evaluator].flat().flatMap((name) => String(name).split(','));
  return [...new Set(names.map((name) => name.trim()))];
}

/** The kind, or the evaluator, that an option belongs to, and its name there: `pruner.t`, `evaluators.knn.k` or in short `knn.k`. */
function splitTarget(
  target: string,
  name: string,
  evaluators: readonly string[],
): [owner: string, option: string | undefined] {
  const [, owner = target, option] = /^(?:evaluators\.)?([^.]*)\.(.*)$/s.exec(target) ?? [];
  const kinds = KINDS.filter((kind) => kind !== 'evaluator');
  const known = target.startsWith('evaluators.') ? evaluators : [...kinds, ...evaluators, ...EVALUATORS];
  if (known.includes(owner)) return [owner, option];
  if (target.startsWith('evaluators.'))
    throw new ConfigError(name, `--${name}: no evaluator "${owner}" is chosen; there is ${evaluators.join(', ')}.`);
  const owners = [...kinds, ...new Set([...evaluators, ...EVALUATORS])];
  const meant = nearest(owner, owners);
  throw new ConfigError(
    name,
    `--${name}: no component kind is called "${owner}". ${meant === undefined ? '' : `Did you mean --${meant}.${option}? `}Options of components begin with one of ${owners.join(', ')}.`,
  );
}

function defaultEncoder(merged: RawValues): string {
  const checkpoint = merged['checkpoint-path'] ?? merged['encoder.checkpointPath'];
  if (checkpoint === undefined) return 'mfcc';
  return /\.(pt|pth|ckpt|safetensors)$/i.test(String(checkpoint)) ? 'clmr' : 'onnx';
}
