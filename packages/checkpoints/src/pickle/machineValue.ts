import type { Storage, Tensor } from '../tensor.ts';
import type { Foreign } from '../value.ts';

/** What can lie on the stack while a pickle is read: the values of a checkpoint, and what they are made from. */
export type MachineValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | MachineValue[]
  | MachineTuple
  | MachineDictionary
  | Tensor
  | Foreign
  | Float
  | Callable
  | Storage;

/** A tuple whose items may still be made from something. */
export interface MachineTuple {
  readonly kind: 'tuple';
  readonly items: MachineValue[];
}

/** A dictionary whose values may still be made from something. */
export type MachineDictionary = Map<MachineValue, MachineValue>;

/** A Python float: apart from whole numbers, so that 4.0 is no size. */
interface Float {
  readonly kind: 'float';
  readonly value: number;
}

/** A name of the allow-list that a pickle may call. Calling it runs code of ours. */
interface Callable {
  readonly kind: 'callable';
  readonly name: string;
}

/** Whether the value is one of those that have this `kind`. */
export function isKind<K extends Kinded['kind']>(
  value: MachineValue | undefined,
  kind: K,
): value is Kinded & { kind: K } {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

type Kinded = Extract<MachineValue, { readonly kind: string }>;
