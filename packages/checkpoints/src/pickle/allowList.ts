import type { Dtype } from '../dtype.ts';
import { quoted } from '../refusal.ts';
import { PickleRefused } from './cursor.ts';
import type { MachineValue } from './machineValue.ts';

const STORAGE_DTYPES: Readonly<Record<string, Dtype>> = {
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

const STORAGE_TYPES = new Map<string, Dtype>(
  ['torch', 'torch.cuda'].flatMap((module) =>
    Object.entries(STORAGE_DTYPES).map(([name, dtype]) => [`${module} ${name}`, dtype] as const),
  ),
);

const CALLABLES = new Set([
  'collections OrderedDict',
  'torch._utils _rebuild_tensor',
  'torch._utils _rebuild_tensor_v2',
  'torch._utils _rebuild_parameter',
  'torch Size',
  '_codecs encode',
]);

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
  if (CALLABLES.has(id) || STORAGE_TYPES.has(id)) return { kind: 'callable', name: id };
  if (FOREIGN.has(id) || LIGHTNING.test(id)) return { kind: 'foreign', name: `${module}.${name}` };
  throw new PickleRefused(`its pickle names ${quoted(`${module}.${name}`)}, ${objection(module, name)}`);
}

/** The element type of a storage type, or undefined where the callable is none. */
export function storageDtype(name: string): Dtype | undefined {
  return STORAGE_TYPES.get(name);
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
