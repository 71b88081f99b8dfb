import { ConfigError, KINDS, nearest } from '@refrain/core';
import {
  type Choice,
  type Choices,
  DEFAULT_COMPONENTS,
  DEFAULT_EVALUATORS,
  defaultEncoder,
  PROBES,
  type RunValues,
} from '@refrain/pipeline';
import type { RawValues } from './given.ts';
import { FLAGS } from './options.ts';

const SINGLE = KINDS.filter((kind) => kind !== 'evaluator');

/** The components that the values choose, each with the options meant for it; those of `probe` give way to the values. */
export function chooseComponents(merged: RawValues, probe: RunValues['probe']): Choices {
  const names: Record<string, string> = { ...DEFAULT_COMPONENTS };
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
  const checkpoint = merged['checkpoint-path'] ?? merged['encoder.checkpointPath'];
  const choice = (kind: string): Choice | undefined => {
    if (names[kind] !== undefined) return { use: names[kind], options: options[kind] ?? {} };
    const { encoder = {} } = options;
    return kind === 'encoder'
      ? { ...defaultEncoder(checkpoint, Object.keys(encoder).length > 0), options: encoder }
      : undefined;
  };
  const single = SINGLE.map((kind) => [kind, choice(kind)] as const);
  const evaluator = evaluators.map((use) => ({ use, options: options[use] ?? {} }));
  return { ...Object.fromEntries(single.filter(([, chosen]) => chosen !== undefined)), evaluator };
}

/** The chosen evaluators, as a list or as text with commas. */
function evaluatorsOf({ evaluator }: RawValues): readonly string[] {
  if (evaluator === undefined) return DEFAULT_EVALUATORS;
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
  const owners = [...SINGLE, ...new Set([...evaluators, ...DEFAULT_EVALUATORS])];
  const known: readonly string[] = target.startsWith('evaluators.') ? evaluators : owners;
  if (known.includes(owner)) return [owner, option];
  if (target.startsWith('evaluators.'))
    throw new ConfigError(name, `--${name}: no evaluator "${owner}" is chosen; there is ${evaluators.join(', ')}.`);
  const meant = nearest(owner, owners);
  throw new ConfigError(
    name,
    `--${name}: no component kind is called "${owner}". ${meant === undefined ? '' : `Did you mean --${meant}.${option}? `}Options of components begin with one of ${owners.join(', ')}.`,
  );
}
