import { refusal } from '@refrain/core';
import type { CheckpointValue } from '../value.ts';
import { call, construct, findStorage, globalNamed, type PickleHost, setState } from './calls.ts';
import { PickleCursor, PickleCut, PickleRefused } from './cursor.ts';
import { COST, isKind, Machine, type MachineValue, WEIGHTS_BUDGET } from './machine.ts';

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
    if (isKind(value, 'callable') || isKind(value, 'storage'))
      throw new PickleRefused('its pickle holds a function or a bare storage where a value should be');
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

/** What an opcode does to the machine. */
type Step = (machine: Machine, host: PickleHost) => void;

const MAX_NAME = 256;
const MAX_INTEGER_BYTES = 1024;

// By character or number, as in Python's pickletools and PEP 3154: of protocols 2 to 5, what weights and settings are written with.
const OPCODES: readonly (readonly [string | number, Step])[] = [
  [0x80, protocol],
  [0x95, ({ cursor }) => cursor.need(cursor.uint64())],
  ['(', (machine) => machine.mark()],
  ['0', (machine) => void machine.pop()],
  ['1', (machine) => void machine.popMarked()],
  ['N', (machine) => machine.push(null, COST.scalar)],
  [0x88, (machine) => machine.push(true, COST.scalar)],
  [0x89, (machine) => machine.push(false, COST.scalar)],
  ['K', (machine) => machine.push(machine.cursor.uint8(), COST.scalar)],
  ['M', (machine) => machine.push(machine.cursor.uint16(), COST.scalar)],
  ['J', (machine) => machine.push(machine.cursor.int32(), COST.scalar)],
  [0x8a, (machine) => integer(machine, machine.cursor.uint8())],
  [0x8b, (machine) => integer(machine, machine.cursor.int32())],
  ['G', (machine) => machine.push({ kind: 'float', value: machine.cursor.float64() }, COST.item)],
  ['X', (machine) => text(machine, machine.cursor.uint32())],
  [0x8c, (machine) => text(machine, machine.cursor.uint8())],
  [0x8d, (machine) => text(machine, machine.cursor.uint64())],
  // Texts of Python 2.
  ['U', (machine) => text(machine, machine.cursor.uint8())],
  ['C', (machine) => bytes(machine, machine.cursor.uint8())],
  ['B', (machine) => bytes(machine, machine.cursor.uint32())],
  [0x8e, (machine) => bytes(machine, machine.cursor.uint64())],
  [']', (machine) => machine.push([], COST.list)],
  ['a', append],
  ['e', (machine) => machine.append(machine.popMarked())],
  ['}', (machine) => machine.push(new Map(), COST.dictionary)],
  ['s', setItem],
  ['u', (machine) => machine.setItems(machine.popMarked())],
  [')', (machine) => machine.tuple([])],
  [0x85, (machine) => tuple(machine, 1)],
  [0x86, (machine) => tuple(machine, 2)],
  [0x87, (machine) => tuple(machine, 3)],
  ['t', (machine) => machine.tuple(machine.popMarked())],
  ['q', (machine) => machine.remember(machine.cursor.uint8())],
  ['r', (machine) => machine.remember(machine.cursor.uint32())],
  [0x94, (machine) => machine.memoize()],
  ['h', (machine) => machine.recall(machine.cursor.uint8())],
  ['j', (machine) => machine.recall(machine.cursor.uint32())],
  ['c', global],
  [0x93, stackGlobal],
  ['R', call],
  [0x81, construct],
  ['b', setState],
  ['Q', findStorage],
];

const STEPS: readonly (Step | undefined)[] = stepsByNumber();

/** The end of a pickle. */
const STOP = 0x2e;

/** Does what the opcode says. Throws a PickleRefused for one that is not in the list, a PickleCut where its operand is not all there. */
function step(opcode: number, machine: Machine, host: PickleHost): void {
  const known = STEPS[opcode];
  if (known === undefined) {
    const shown = opcode > 0x20 && opcode < 0x7f ? `"${String.fromCharCode(opcode)}"` : `0x${opcode.toString(16)}`;
    throw new PickleRefused(`its pickle has the opcode ${shown}, which weights and plain values have no use for`);
  }
  known(machine, host);
}

function stepsByNumber(): (Step | undefined)[] {
  const steps = new Array<Step | undefined>(256).fill(undefined);
  for (const [code, known] of OPCODES) steps[typeof code === 'number' ? code : code.charCodeAt(0)] = known;
  return steps;
}

function protocol({ cursor }: Machine): void {
  const version = cursor.uint8();
  if (version < 2 || version > 5) throw new PickleRefused(`its pickle has protocol ${version}; 2 to 5 can be read`);
}

function integer(machine: Machine, length: number): void {
  if (length < 0 || length > MAX_INTEGER_BYTES)
    throw new PickleRefused(`its pickle has a whole number of ${length} bytes; up to ${MAX_INTEGER_BYTES} are read`);
  machine.push(machine.cursor.integer(length), COST.list + length / 16);
}

function text(machine: Machine, length: number): void {
  machine.push(machine.cursor.text(length), COST.item + length / 8);
}

function bytes(machine: Machine, length: number): void {
  machine.push(new Uint8Array(machine.cursor.bytes(length)), COST.list + length / 16);
}

function append(machine: Machine): void {
  const item = machine.pop();
  machine.append([item]);
}

function setItem(machine: Machine): void {
  const value = machine.pop();
  const key = machine.pop();
  machine.setItems([key, value]);
}

function tuple(machine: Machine, length: number): void {
  const items = Array.from({ length }, () => machine.pop()).reverse();
  machine.tuple(items);
}

function global(machine: Machine): void {
  const module = machine.cursor.line(MAX_NAME);
  machine.push(globalNamed(module, machine.cursor.line(MAX_NAME)), COST.list);
}

function stackGlobal(machine: Machine): void {
  const name = machine.pop();
  const module = machine.pop();
  if (typeof module !== 'string' || typeof name !== 'string')
    throw new PickleRefused('its pickle names something by no text');
  machine.push(globalNamed(module, name), COST.list);
}
