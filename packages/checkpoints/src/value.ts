import type { Tensor } from './tensor.ts';

/**
 * What a checkpoint holds, as plain values. Whole numbers are numbers, or bigints beyond ±(2^53 − 1); bytes are Uint8Array; dictionaries
 * are Maps in the order of the file. A pickle can hold a list inside itself, and the same one at many places: who walks such a tree has
 * to remember where he was.
 */
export type CheckpointValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | CheckpointValue[]
  | Tuple
  | Dictionary
  | Tensor
  | Foreign;

/** A Python tuple. */
export interface Tuple {
  readonly kind: 'tuple';
  readonly items: readonly CheckpointValue[];
}

/** A Python dict or OrderedDict. */
export type Dictionary = Map<DictionaryKey, CheckpointValue>;

/** What can be a key. Tuples hold strings and whole numbers only. */
type DictionaryKey = string | number | bigint | Tuple | Foreign;

/** Stands where the pickle has a class of another library or an object of it, e.g. Lightning's or NumPy's. Nothing of it was made. */
interface Foreign {
  readonly kind: 'foreign';
  /** Module and name, e.g. `argparse.Namespace`. */
  readonly name: string;
}

/** Whether the value is a tensor. */
export function isTensor(value: unknown): value is Tensor {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'tensor';
}

/** A value in a few words, for messages; it is not walked. */
export function describeValue(value: CheckpointValue | undefined): string {
  if (value === null) return 'None';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Map) return `a dictionary of ${value.size}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'string') return 'a text';
  if (typeof value !== 'object') return `the ${typeof value} ${value}`;
  if (value.kind === 'tuple') return `a tuple of ${value.items.length}`;
  return value.kind === 'tensor' ? 'a tensor' : `an object of ${value.name}`;
}
