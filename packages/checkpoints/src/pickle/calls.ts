import { type ElementType, quoted, refusal } from '@refrain/core';
import { isCount } from '../byteSource.ts';
import type { Storage, Tensor, View } from '../tensor.ts';
import { PickleRefused } from './cursor.ts';
import { COST, isKind, type Machine, type MachineDictionary, type MachineValue } from './machine.ts';

/** How a pickle names a storage: by a persistent id. */
export interface StorageId {
  readonly dtype: ElementType;
  readonly key: string;
  /** How many elements. */
  readonly count: number;
}

/** What the file around a pickle gives it. Both throw a DataError for what is not in the file, or too large. */
export interface PickleHost {
  storage(id: StorageId): Storage;
  tensor(storage: Storage, view: View): Tensor;
}

/** What surrounds a pickle without tensors: one that names any is refused. */
export function noStorages(source: string): PickleHost {
  const fail = () => {
    throw refusal(source, 'has a tensor where only numbers and names should be.');
  };
  return { storage: fail, tensor: fail };
}

const STORAGE_DTYPES: Readonly<Record<string, ElementType>> = {
  DoubleStorage: 'float64',
  FloatStorage: 'float32',
  HalfStorage: 'float16',
  BFloat16Storage: 'bfloat16',
  LongStorage: 'int64',
  IntStorage: 'int32',
  ShortStorage: 'int16',
  CharStorage: 'int8',
  ByteStorage: 'uint8',
  BoolStorage: 'bool',
};

const STORAGE_TYPES = new Map<string, ElementType>(
  ['torch', 'torch.cuda'].flatMap((module) =>
    Object.entries(STORAGE_DTYPES).map(([name, dtype]) => [`${module} ${name}`, dtype] as const),
  ),
);

// Settings and states that training frameworks put beside the weights. Nothing is made of them, so it is safe to read past them.
const FOREIGN = new Set([
  'argparse Namespace',
  'pathlib PosixPath',
  'pathlib WindowsPath',
  'numpy dtype',
  'numpy ndarray',
  'numpy.core.multiarray scalar',
  'numpy.core.multiarray _reconstruct',
  'numpy._core.multiarray scalar',
  'numpy._core.multiarray _reconstruct',
  'torch device',
  ...['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool'].map(
    (dtype) => `torch ${dtype}`,
  ),
]);
const LIGHTNING = /^(pytorch_lightning|lightning_fabric|lightning\.pytorch|lightning\.fabric)(\.\w+)* [A-Za-z_]\w*$/;

/**
 * What the name `name` of the module `module` stands for: a callable of ours, a storage type, or a foreign class that is kept as a name.
 * Nothing is ever looked up outside these lists. Throws a PickleRefused for all other names.
 */
export function globalNamed(module: string, name: string): MachineValue {
  const id = `${module} ${name}`;
  if (CALLS.has(id) || STORAGE_TYPES.has(id)) return { kind: 'callable', name: id };
  if (FOREIGN.has(id) || LIGHTNING.test(id)) return { kind: 'foreign', name: `${module}.${name}` };
  throw new PickleRefused(`its pickle names ${quoted(`${module}.${name}`)}, ${objection(module, name)}`);
}

function objection(module: string, name: string): string {
  if (module.startsWith('torch.nn') || module.startsWith('__torch__') || module.startsWith('__main__')) {
    return 'so a whole model was saved, code and all. Save its weights instead: torch.save(model.state_dict(), path)';
  }
  if (module === 'torch' && name.endsWith('Storage'))
    return `and ${Object.keys(STORAGE_DTYPES).join(', ')} can be read`;
  if (module === 'torch._utils') return 'a kind of tensor that cannot be read: expected dense ones';
  return 'which weights and plain values have no use for. Nothing of it was run';
}

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
  if (!isKind(args, 'tuple') || !isKind(made, 'foreign'))
    throw new PickleRefused('its pickle makes an object of something that is no class');
  machine.push({ kind: 'foreign', name: made.name }, COST.list);
}

/** BUILD: leaves out the `_metadata` that a state_dict has beside its items, and the attributes of foreign objects. */
export function setState(machine: Machine): void {
  const state = machine.pop();
  const target = machine.top();
  const isOrdered = target instanceof Map && ordered.has(target);
  const isMetadata = isOrdered && state instanceof Map && state.size === 1 && state.has('_metadata');
  if (!isMetadata && !isKind(target, 'foreign'))
    throw new PickleRefused('its pickle sets attributes of something that has none');
}

/** BINPERSID: takes a persistent id from the stack and puts the storage there. */
export function findStorage(machine: Machine, host: PickleHost): void {
  const id = machine.pop();
  const [tag, type, key, location, count, view] = isKind(id, 'tuple') ? id.items : [];
  if (tag === 'module')
    throw new PickleRefused(
      'a whole model was saved, code and all. Save its weights instead: torch.save(model.state_dict(), path)',
    );
  const dtype = isKind(type, 'callable') ? STORAGE_TYPES.get(type.name) : undefined;
  const isPlain = tag === 'storage' && typeof key === 'string' && typeof location === 'string' && isCount(count);
  if (dtype === undefined || !isPlain || (view !== undefined && view !== null))
    throw new PickleRefused('its pickle names a storage in a way that torch does not: it is damaged');
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
  if (!isKind(storage, 'storage') || !isKind(shape, 'tuple') || !isKind(strides, 'tuple') || !(isOld || isNew))
    throw new PickleRefused('its pickle makes a tensor in a way that torch does not: it is damaged');
  if (!isNothing(metadata))
    throw new PickleRefused('it has a tensor with metadata, such as a conjugate view; save it without');
  machine.spend(COST.tensor + COST.item * shape.items.length);
  return host.tensor(storage, { offset, shape: shape.items, strides: strides.items });
}

function rebuildParameter(args: readonly MachineValue[]): Tensor {
  const [data, requiresGrad, hooks] = args;
  if (args.length !== 3 || !isKind(data, 'tensor') || typeof requiresGrad !== 'boolean' || !isNothing(hooks))
    throw new PickleRefused('its pickle makes a parameter in a way that torch does not: it is damaged');
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
