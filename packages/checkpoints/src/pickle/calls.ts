import { isCount } from '../byteSource.ts';
import type { Tensor } from '../tensor.ts';
import { storageDtype } from './allowList.ts';
import { PickleRefused } from './cursor.ts';
import type { PickleHost } from './host.ts';
import { COST, type Machine } from './machine.ts';
import { isKind, type MachineDictionary, type MachineValue } from './machineValue.ts';

/** What a Python function of the allow-list gives for its arguments, by code of ours. */
type Call = (args: readonly MachineValue[], host: PickleHost, machine: Machine) => MachineValue;

const CALLS: ReadonlyMap<string, Call> = new Map([
  ['collections OrderedDict', orderedDictionary],
  ['torch._utils _rebuild_tensor', rebuildTensor],
  ['torch._utils _rebuild_tensor_v2', rebuildTensor],
  ['torch._utils _rebuild_parameter', rebuildParameter],
  ['torch Size', size],
  ['_codecs encode', encode],
]);

// Only an OrderedDict has attributes that BUILD may set.
const ordered = new WeakSet<MachineDictionary>();

/** REDUCE: takes the arguments and the callable from the stack and puts the result there. */
export function call(machine: Machine, host: PickleHost): void {
  const args = machine.pop();
  const callable = machine.pop();
  if (!isKind(args, 'tuple')) throw new PickleRefused('its pickle calls something with arguments that are no tuple');
  if (isKind(callable, 'foreign')) {
    machine.push({ kind: 'foreign', name: callable.name }, COST.list);
  } else if (isKind(callable, 'callable') && CALLS.has(callable.name)) {
    machine.push(CALLS.get(callable.name)!(args.items, host, machine), COST.scalar);
  } else throw new PickleRefused('its pickle calls something that cannot be called');
}

/** NEWOBJ: only objects of foreign classes are made so, and they stay names. */
export function construct(machine: Machine): void {
  const args = machine.pop();
  const made = machine.pop();
  if (!isKind(args, 'tuple') || !isKind(made, 'foreign')) {
    throw new PickleRefused('its pickle makes an object of something that is no class');
  }
  machine.push({ kind: 'foreign', name: made.name }, COST.list);
}

/** BUILD: leaves out the `_metadata` that a state_dict has beside its items, and the attributes of foreign objects. */
export function setState(machine: Machine): void {
  const state = machine.pop();
  const target = machine.top();
  const isOrdered = target instanceof Map && ordered.has(target);
  const isMetadata = isOrdered && state instanceof Map && state.size === 1 && state.has('_metadata');
  if (!isMetadata && !isKind(target, 'foreign')) {
    throw new PickleRefused('its pickle sets attributes of something that has none');
  }
}

/** BINPERSID: takes a persistent id from the stack and puts the storage there. */
export function findStorage(machine: Machine, host: PickleHost): void {
  const id = machine.pop();
  const [tag, type, key, location, count, view] = isKind(id, 'tuple') ? id.items : [];
  if (tag === 'module') {
    throw new PickleRefused(
      'a whole model was saved, code and all. Save its weights instead: torch.save(model.state_dict(), path)',
    );
  }
  const dtype = isKind(type, 'callable') ? storageDtype(type.name) : undefined;
  const isPlain = tag === 'storage' && typeof key === 'string' && typeof location === 'string' && isCount(count);
  if (dtype === undefined || !isPlain || (view !== undefined && view !== null)) {
    throw new PickleRefused('its pickle names a storage in a way that torch does not: it is damaged');
  }
  machine.push(host.storage({ dtype, key, count }), COST.tensor);
}

function orderedDictionary(args: readonly MachineValue[], _host: PickleHost, machine: Machine): MachineValue {
  if (args.length > 0) throw new PickleRefused('its pickle makes an OrderedDict with arguments');
  machine.spend(COST.dictionary);
  const dictionary: MachineDictionary = new Map();
  ordered.add(dictionary);
  return dictionary;
}

// (storage, offset, size, stride), and in version 2 requires_grad, backward hooks and, since torch 2, metadata, e.g. of conjugate views.
function rebuildTensor(args: readonly MachineValue[], host: PickleHost, machine: Machine): MachineValue {
  const [storage, offset, shape, strides, requiresGrad, hooks, metadata] = args;
  const isOld = args.length === 4;
  const isNew = (args.length === 6 || args.length === 7) && typeof requiresGrad === 'boolean' && isNothing(hooks);
  if (!isKind(storage, 'storage') || !isKind(shape, 'tuple') || !isKind(strides, 'tuple') || !(isOld || isNew)) {
    throw new PickleRefused('its pickle makes a tensor in a way that torch does not: it is damaged');
  }
  if (!isNothing(metadata))
    throw new PickleRefused('it has a tensor with metadata, such as a conjugate view; save it without');
  machine.spend(COST.tensor + COST.item * shape.items.length);
  return host.tensor(storage, { offset, shape: shape.items, strides: strides.items });
}

function rebuildParameter(args: readonly MachineValue[]): Tensor {
  const [data, requiresGrad, hooks] = args;
  if (args.length !== 3 || !isKind(data, 'tensor') || typeof requiresGrad !== 'boolean' || !isNothing(hooks)) {
    throw new PickleRefused('its pickle makes a parameter in a way that torch does not: it is damaged');
  }
  return data;
}

function isNothing(value: MachineValue | undefined): boolean {
  return value === undefined || value === null || (value instanceof Map && value.size === 0);
}

function size(args: readonly MachineValue[]): MachineValue {
  const [sizes] = args;
  if (args.length !== 1 || !isKind(sizes, 'tuple'))
    throw new PickleRefused('its pickle makes a torch.Size of no tuple');
  return sizes;
}

// How protocol 2 writes bytes: as the characters 0 … 255.
function encode(args: readonly MachineValue[], _host: PickleHost, machine: Machine): Uint8Array {
  const [text, encoding] = args;
  const fail = () => new PickleRefused('its pickle encodes a text as something other than Latin-1');
  if (args.length !== 2 || typeof text !== 'string' || encoding !== 'latin1') throw fail();
  machine.spend(COST.list + text.length / 16);
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.toString('latin1') !== text) throw fail();
  return new Uint8Array(bytes);
}
