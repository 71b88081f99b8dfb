import { resolve } from 'node:path';
import { KINDS } from '@refrain/core';
import { FLAGS } from './options.ts';

/** What the user gave for one name: text from the command line, anything from a run file. */
export type RawValues = Readonly<Record<string, unknown>>;

/** The names under which an option may stand: its own, and that of the component option it sets. */
export const namesOf = (name: string) => [name, FLAGS.find((flag) => flag.name === name)?.sets ?? name];

/** Whether an option is among the values, under either name. */
export const isGiven = (values: RawValues, name: string) => namesOf(name).some((spelt) => values[spelt] !== undefined);

/** Deletes an option, under both names. */
export function omit(values: Record<string, unknown>, name: string): void {
  for (const spelt of namesOf(name)) delete values[spelt];
}

/**
 * The values of a run file below those of the command line, which win; plugins of both. Of t and keep, the two ways to say how much stays, either on
 * the command line replaces both of the file.
 */
export function overFile(file: RawValues, flags: RawValues): Record<string, unknown> {
  const below = { ...file };
  if (isGiven(flags, 't') || isGiven(flags, 'keep')) for (const name of ['t', 'keep']) omit(below, name);
  const plugin = [file.plugin, flags.plugin].filter(Array.isArray).flat();
  return { ...below, ...flags, ...(plugin.length > 0 && { plugin }) };
}

/** The values with the names of files and folders made absolute, from the working directory. */
export function withAbsolutePaths(values: RawValues): Record<string, unknown> {
  const names = new Set(FLAGS.filter(({ isPath }) => isPath).flatMap(({ name }) => namesOf(name)));
  const absolute = (name: string, value: unknown) =>
    names.has(name) && typeof value === 'string' && value !== '' ? resolve(value) : value;
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, absolute(name, value)]));
}

/**
 * What is left of `base` beside `own`: of t and keep, theta and threshold one takes the other's place, another component has other options,
 * a `probe` starts from its own ones, and own embeddings stand in place of the encoder.
 */
export function inherited(base: RawValues, own: RawValues): Record<string, unknown> {
  const left: Record<string, unknown> = { ...base };
  const instead = { t: 'keep', keep: 't', threshold: 'theta', theta: 'threshold' };
  for (const name of Object.keys(own)) omit(left, name);
  for (const [name, other] of Object.entries(instead)) if (isGiven(own, name)) omit(left, other);
  const rows = [['embeddings'], ['segments', 'segment-starts']];
  const fromFile = [...rows.flat(), 'embeddings-column', 'ids', 'ids-column'];
  if (fromFile.some((name) => isGiven(own, name))) dropKinds(left, ['encoder']);
  for (const [at, names] of rows.entries())
    if (names.some((name) => isGiven(own, name))) for (const name of rows[1 - at]!) delete left[name];
  if (isGiven(own, 'probe')) dropKinds(left, ['linear-probe']);
  if (isGiven(own, 'encoder')) for (const name of fromFile) delete left[name];
  for (const kind of KINDS) {
    if (own[kind] === undefined || own[kind] === base[kind]) continue;
    dropKinds(left, [kind]);
  }
  return left;
}

/** Deletes the choice of these components and their options. */
function dropKinds(values: Record<string, unknown>, kinds: readonly string[]): void {
  for (const name of Object.keys(values)) if (kinds.includes(name.split('.')[0]!)) delete values[name];
}
