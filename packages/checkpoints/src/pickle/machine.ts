import { quoted } from '@refrain/core';
import type { Storage } from '../tensor.ts';
import type { CheckpointValue, Dictionary, Tuple } from '../value.ts';
import { type PickleCursor, PickleRefused } from './cursor.ts';

/** What can lie on the stack while a pickle is read: the values of a checkpoint, and what they are made from. */
export type MachineValue =
  | Exclude<CheckpointValue, CheckpointValue[] | Tuple | Dictionary>
  | MachineValue[]
  | MachineTuple
  | MachineDictionary
  | Float
  | Callable
  | Storage;

/** A tuple whose items may still be made from something. */
interface MachineTuple {
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

/** What one value costs, in units of about 16 bytes of memory. */
export const COST = { scalar: 1, memo: 4, item: 2, list: 6, dictionary: 20, tensor: 20 } as const;

/** What the weights of a model may cost: about 64 MiB, room for some 20,000 tensors. */
export const WEIGHTS_BUDGET = 2 ** 22;
const MAX_KEY_ITEMS = 16;
const MAX_KEY_TEXT = 256;

/** The stack machine that a pickle is written for: a stack with marks, and a memo. It only holds values and runs nothing. */
export class Machine {
  readonly cursor: PickleCursor;
  readonly #stack: MachineValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, MachineValue>();
  readonly #tupleKeys = new WeakMap<MachineDictionary, Set<string>>();
  #budget: number;

  constructor(cursor: PickleCursor, budget: number) {
    this.cursor = cursor;
    this.#budget = budget;
  }

  /** Accounts for memory. Counted are values made, not values alive, so time is bounded with it. */
  spend(units: number): void {
    this.#budget -= units;
    if (this.#budget < 0) throw new PickleRefused('its pickle makes more values than a file of its kind needs');
  }

  push(value: MachineValue, cost: number): void {
    this.spend(cost);
    this.#stack.push(value);
  }

  pop(): MachineValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0))
      throw new PickleRefused('its pickle takes from an empty stack');
    return this.#stack.pop()!;
  }

  /** The topmost value, left where it is. */
  top(): MachineValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) throw new PickleRefused('its pickle looks at an empty stack');
    return this.#stack.at(-1)!;
  }

  mark(): void {
    this.spend(COST.scalar);
    this.#marks.push(this.#stack.length);
  }

  /** Takes the values above the last mark, and the mark. */
  popMarked(): MachineValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw new PickleRefused('its pickle looks for a mark that is not there');
    return this.#stack.splice(mark);
  }

  /** The only value left, at the end. */
  result(): MachineValue {
    const value = this.pop();
    if (this.#stack.length > 0 || this.#marks.length > 0) throw new PickleRefused('its pickle leaves values behind');
    return value;
  }

  remember(index: number): void {
    this.spend(COST.memo);
    this.#memo.set(index, this.top());
  }

  /** Like `remember`, at the next free index. */
  memoize(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new PickleRefused(`its pickle recalls the value ${index}, which it never made`);
    this.push(value, COST.scalar);
  }

  /** Puts `items`, keys and values in turn, into the dictionary on top of the stack. */
  setItems(items: readonly MachineValue[]): void {
    if (items.length % 2 !== 0) throw new PickleRefused('its pickle has a key without a value');
    this.spend(COST.item * items.length);
    const target = this.top();
    // What an object of another library holds is of no use here.
    if (isKind(target, 'foreign')) return;
    if (!(target instanceof Map)) throw new PickleRefused('its pickle puts a key into something that is no dictionary');
    for (let i = 0; i < items.length; i += 2) this.#setItem(target, items[i]!, items[i + 1]!);
  }

  #setItem(target: MachineDictionary, key: MachineValue, value: MachineValue): void {
    if (isKind(key, 'tuple')) this.#addTupleKey(target, key);
    else if (!isPlainKey(key) && !isKind(key, 'foreign')) {
      throw new PickleRefused('its pickle has a key that is no text, whole number or tuple of such');
    } else if (target.has(key)) {
      throw new PickleRefused(`its pickle has the key ${quoted(isPlainKey(key) ? String(key) : key.name)} twice`);
    }
    target.set(key, value);
  }

  // Equal tuples are different objects. Tuples inside are left out: a tuple doubled sixty times would be written for ever.
  #addTupleKey(target: MachineDictionary, { items }: MachineTuple): void {
    const isShort = (item: MachineValue) =>
      isPlainKey(item) && (typeof item !== 'string' || item.length <= MAX_KEY_TEXT);
    if (items.length > MAX_KEY_ITEMS || !items.every(isShort))
      throw new PickleRefused(
        'its pickle has a tuple as a key that holds more than a few short texts and whole numbers',
      );
    const known = this.#tupleKeys.get(target) ?? new Set();
    this.#tupleKeys.set(target, known);
    const text = JSON.stringify(items.map((item) => [typeof item === 'string', String(item)]));
    this.spend(COST.memo + text.length / 16);
    if (known.has(text)) throw new PickleRefused(`its pickle has the key ${quoted(text)} twice`);
    known.add(text);
  }

  /** Appends the items to the list on top of the stack. */
  append(items: readonly MachineValue[]): void {
    this.spend(COST.item * items.length);
    const target = this.top();
    if (isKind(target, 'foreign')) return;
    if (!Array.isArray(target)) throw new PickleRefused('its pickle appends to something that is no list');
    for (const item of items) target.push(item);
  }

  tuple(items: MachineValue[]): void {
    this.push({ kind: 'tuple', items }, COST.list + COST.item * items.length);
  }
}

function isPlainKey(key: MachineValue): key is string | number | bigint {
  return typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint';
}
