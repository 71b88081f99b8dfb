import { quoted, refusal } from '@refrain/core';
import type { Checkpoint } from './checkpoint.ts';
import type { Tensor } from './tensor.ts';
import { type Dictionary, describeValue, isTensor } from './value.ts';

/** The named tensors of a model. */
export interface StateDict {
  /** By their names as the file has them, in its order; at least one. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** The version of PyTorch Lightning that wrote the checkpoint, where it did. */
  readonly lightningVersion?: string;
}

const LIGHTNING_VERSION = 'pytorch-lightning_version';
const NESTED = ['state_dict', 'model_state_dict', 'model'];

/**
 * The named tensors of a checkpoint: the file itself, or what it has under `state_dict` (Lightning and others), `model_state_dict` or
 * `model`. Throws a DataError that says what was found where there is no such dictionary of tensors.
 */
export function stateDict({ source, value }: Checkpoint): StateDict {
  if (!(value instanceof Map))
    throw refusal(source, `holds ${describeValue(value)}, not the named tensors of a model.`);
  const version = value.get(LIGHTNING_VERSION);
  if (typeof version === 'string') {
    const inner = value.get('state_dict');
    if (!(inner instanceof Map))
      throw refusal(source, `is a Lightning checkpoint without a state_dict: ${keysOf(value)}.`);
    return { tensors: tensorsOf(source, inner), lightningVersion: version };
  }
  const nested = NESTED.map((key) => value.get(key)).find((inner) => inner instanceof Map);
  return { tensors: tensorsOf(source, (nested as Dictionary | undefined) ?? value) };
}

function tensorsOf(source: string, dictionary: Dictionary): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const [key, value] of dictionary) {
    if (typeof key !== 'string' || !isTensor(value)) {
      const found =
        typeof key === 'string' ? `${quoted(key)} is ${describeValue(value)}` : `a key is ${describeValue(key)}`;
      throw refusal(source, `expected the named tensors of a model, but ${found}. ${keysOf(dictionary)}.`);
    }
    tensors.set(key, value);
  }
  if (tensors.size === 0) throw refusal(source, 'holds no tensors.');
  return tensors;
}

function keysOf(dictionary: Dictionary): string {
  const names = [...dictionary.keys()]
    .slice(0, 8)
    .map((key) => (typeof key === 'string' ? quoted(key) : describeValue(key)));
  return `It has ${names.join(', ')}${dictionary.size > names.length ? ', …' : ''}`;
}
