import { refusal } from '../refusal.ts';
import type { CheckpointValue } from '../value.ts';
import { PickleCursor, PickleCut, PickleRefused } from './cursor.ts';
import type { PickleHost } from './host.ts';
import { Machine, WEIGHTS_BUDGET } from './machine.ts';
import { isKind, type MachineValue } from './machineValue.ts';
import { STOP, step } from './opcodes.ts';

/** What one pickle held. */
export interface Unpickled {
  readonly value: CheckpointValue;
  /** Where the next byte after the pickle is. */
  readonly end: number;
}

const PROTOCOL = 0x80;
const MAX_DEPTH = 100;

/**
 * Reads the pickle that begins at `start` without running it: opcodes and names that are not on our lists are refused. There is no
 * recursion, and memory and time are bounded by a budget of values. `undefined` where the pickle goes on after the bytes at hand. Throws
 * a DataError that names the file and what is wrong.
 */
export function readPickle(
  source: string,
  bytes: Uint8Array,
  start: number,
  host: PickleHost,
  budget: number = WEIGHTS_BUDGET,
): Unpickled | undefined {
  const cursor = new PickleCursor(bytes, start);
  try {
    const machine = new Machine(cursor, budget);
    let opcode = cursor.uint8();
    if (opcode !== PROTOCOL)
      throw new PickleRefused('its pickle does not begin with the number of its protocol (2 to 5)');
    for (; opcode !== STOP; opcode = cursor.uint8()) step(opcode, machine, host);
    return { value: settled(machine.result()), end: cursor.at };
  } catch (error) {
    if (error instanceof PickleCut) return undefined;
    if (error instanceof PickleRefused) throw refusal(source, `${error.message}.`, error);
    throw error;
  }
}

// Turns what the machine knows apart into plain values, in place and level by level: every container is visited once, whatever holds it.
function settled(root: MachineValue): CheckpointValue {
  const seen = new Set<MachineValue>();
  let level: MachineValue[] = [];
  const settle = (value: MachineValue): MachineValue => {
    if (isKind(value, 'float')) return value.value;
    if (isKind(value, 'callable') || isKind(value, 'storage')) {
      throw new PickleRefused('its pickle holds a function or a bare storage where a value should be');
    }
    if (isContainer(value) && !seen.has(value)) {
      seen.add(value);
      level.push(value);
    }
    return value;
  };
  const result = settle(root);
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw new PickleRefused(`its pickle has values more than ${MAX_DEPTH} levels deep`);
    const current = level;
    level = [];
    for (const container of current) settleItems(container, settle);
  }
  return result as CheckpointValue;
}

function isContainer(value: MachineValue): boolean {
  return Array.isArray(value) || value instanceof Map || isKind(value, 'tuple');
}

function settleItems(container: MachineValue, settle: (value: MachineValue) => MachineValue): void {
  if (container instanceof Map) {
    for (const [key, value] of container) container.set(key, settle(value));
    return;
  }
  const items = isKind(container, 'tuple') ? container.items : (container as MachineValue[]);
  for (let i = 0; i < items.length; i++) items[i] = settle(items[i]!);
}
