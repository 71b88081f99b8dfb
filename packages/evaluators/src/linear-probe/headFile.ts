import { access, constants } from 'node:fs/promises';
import type { Tensor } from '@refrain/checkpoints';
import { ConfigError, DataError, messageOf } from '@refrain/core';
import { type HeadParameters, type HeadShape, parametersOf } from './head.ts';

/** A head that was trained before, out of its file. */
export interface HeadFile {
  readonly path: string;
  readonly shape: HeadShape;
  readonly parameters: HeadParameters;
  /** What a .safetensors file says of itself under `__metadata__`, nothing of it checked; empty for the other formats. */
  readonly metadata: ReadonlyMap<string, string>;
}

/** The tensors of a state dict under one prefix, by what comes after it. */
interface StoredHead {
  readonly path: string;
  readonly prefix: string;
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** All keys of the file, for messages. */
  readonly keys: readonly string[];
}

const LINEAR_KEYS = ['0.weight', '0.bias'];
const MLP_KEYS = [...LINEAR_KEYS, '2.weight', '2.bias'];
const LIGHTNING_PREFIX = 'model.';
const FLOATS = ['float32', 'float16', 'bfloat16', 'float64'];

/**
 * The linear or MLP head in a file of PyTorch (.pt, .pth, .ckpt) or safetensors, as CLMR's `load_finetuner_checkpoint` reads it: the keys
 * `0.weight` and `0.bias`, of an MLP `2.weight` and `2.bias` too; in a checkpoint of Lightning, or where there is no `0.weight`, they
 * come after `model.`, and what does not is left out. The file alone says whether the head is an MLP, and how wide: its `shape` then has
 * `hidden`, which need not be CLMR's, the width of the input. Throws a ConfigError that names `headPath` when there is no such file, and a
 * DataError that names file and key when it is damaged, holds anything else, shapes that do not fit together, or numbers that are not finite.
 */
export async function readHead(path: string): Promise<HeadFile> {
  await access(path, constants.R_OK).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : messageOf(cause);
    throw new ConfigError('linear-probe.headPath', `Cannot read the head ${path}: ${why}.`, { cause });
  });
  const { readCheckpoint, stateDict } = await import('@refrain/checkpoints');
  const checkpoint = await readCheckpoint(path);
  const { tensors, lightningVersion } = stateDict(checkpoint);
  const stored = storedHead(path, tensors, lightningVersion !== undefined);
  const shape = headShape(stored);
  return { path, shape, parameters: await readParameters(stored, shape), metadata: checkpoint.metadata };
}

function storedHead(path: string, tensors: ReadonlyMap<string, Tensor>, fromLightning: boolean): StoredHead {
  const keys = [...tensors.keys()];
  const prefix = fromLightning || !tensors.has('0.weight') ? LIGHTNING_PREFIX : '';
  const named = [...tensors].flatMap(([key, tensor]) =>
    key.startsWith(prefix) ? [[key.slice(prefix.length), tensor] as const] : [],
  );
  return { path, prefix, tensors: new Map(named), keys };
}

// The weights tell the size; whether all tensors fit it is for `readParameters`.
function headShape(stored: StoredHead): HeadShape {
  const { path, prefix, tensors, keys } = stored;
  const names = [...tensors.keys()];
  if (!names.some((name) => MLP_KEYS.includes(name))) {
    throw new DataError(
      path,
      `${path} holds no head of CLMR: expected the keys "0.weight" [classes, dim] and "0.bias" [classes], of an MLP "2.weight" and "2.bias" too, ` +
        `in a checkpoint of Lightning after "${LIGHTNING_PREFIX}". ${looksLike(keys)}`,
    );
  }
  const mlp = names.some((name) => name.startsWith('2.'));
  const foreign = names.find((name) => !(mlp ? MLP_KEYS : LINEAR_KEYS).includes(name));
  if (foreign !== undefined) {
    throw new DataError(
      path,
      `${path} has ${quoted(prefix + foreign)} beside the keys of a head of CLMR; expected ${(mlp ? MLP_KEYS : LINEAR_KEYS).join(', ')} and no other layer. ${looksLike([foreign])}`,
    );
  }
  if (!mlp) {
    const [classes, dim] = weightLengths(stored, '0.weight', 'classes, dim');
    return { dim, classes, mlp };
  }
  const [hidden, dim] = weightLengths(stored, '0.weight', 'hidden, dim');
  const [classes] = weightLengths(stored, '2.weight', `classes, ${hidden}`);
  return { dim, classes, mlp, hidden };
}

/** The outputs and inputs of a layer, at least one of each. */
function weightLengths(stored: StoredHead, name: string, expected: string): [outputs: number, inputs: number] {
  const [outputs = 0, inputs = 0, ...more] = stored.tensors.get(name)?.shape ?? [];
  if (outputs < 1 || inputs < 1 || more.length > 0) throw wrongShape(stored, name, expected);
  return [outputs, inputs];
}

async function readParameters(stored: StoredHead, shape: HeadShape): Promise<HeadParameters> {
  const wanted = parametersOf(shape);
  // All shapes first: no value is read of a file that does not fit.
  for (const { name, shape: lengths } of wanted) {
    const found = stored.tensors.get(name)?.shape;
    if (found?.length !== lengths.length || found.some((size, axis) => size !== lengths[axis])) {
      throw wrongShape(stored, name, lengths.join(', '));
    }
  }
  const read = wanted.map(async ({ name, shape: lengths }) => {
    const data = await finiteValues(stored, name, stored.tensors.get(name)!);
    return [name, { shape: lengths, data }] as const;
  });
  return Object.fromEntries(await Promise.all(read));
}

async function finiteValues({ path, prefix }: StoredHead, name: string, tensor: Tensor): Promise<Float32Array> {
  if (!FLOATS.includes(tensor.dtype)) {
    throw new DataError(
      path,
      `${path}: "${prefix}${name}" holds ${tensor.dtype}; expected one of ${FLOATS.join(', ')}.`,
    );
  }
  const { asFloat32 } = await import('@refrain/checkpoints');
  const values = await asFloat32(tensor);
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return values;
  throw new DataError(
    path,
    `${path}: "${prefix}${name}" [${tensor.shape.join(', ')}] holds ${values[bad]}, which is no weight. The file is damaged, or its training diverged: use another one.`,
  );
}

function wrongShape({ path, prefix, tensors }: StoredHead, name: string, expected: string): DataError {
  const found = tensors.get(name)?.shape;
  return new DataError(
    path,
    `${path}${found === undefined ? ` has no "${prefix}${name}"` : `: "${prefix}${name}" is [${found.join(', ')}]`}; expected [${expected}].`,
  );
}

/**
 * Throws unless the head fits embeddings of `dim` numbers and a dataset of `classes` classes: a DataError that says both numbers and
 * what to do. With `mlp`, a linear head is a ConfigError, and with `hidden` an MLP of another width; without them the file may hold any.
 */
export function checkHeadFits({ path, shape }: HeadFile, { dim, classes, mlp, hidden }: HeadShape): void {
  if (shape.dim !== dim) {
    throw new DataError(
      path,
      `The head in ${path} takes ${shape.dim} numbers a segment, the embeddings have ${dim}. Choose the encoder that it was trained on, ` +
        'with the same options; a head trained on standardised features fits those of the same train set alone.',
    );
  }
  if (shape.classes !== classes) {
    throw new DataError(
      path,
      `The head in ${path} tells ${shape.classes} classes, the dataset has ${classes}. Choose the dataset that it was trained on, or train a head on this one.`,
    );
  }
  if (mlp && !shape.mlp) {
    throw new ConfigError(
      'linear-probe.mlp',
      `The head in ${path} is linear, but one with a hidden layer is asked for: leave mlp out, the file says which it is.`,
    );
  }
  const { hidden: width = shape.dim } = shape;
  if (shape.mlp && hidden !== undefined && hidden !== width) {
    throw new ConfigError(
      'linear-probe.hidden',
      `The head in ${path} has ${width} hidden units, but ${hidden} are asked for: leave hidden out or give ${width}, the file says which it is.`,
    );
  }
}

/** What kind of file has such keys, the most telling first. */
const KINDS: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [
    /(^|\.)sequential\.\d+\.\d+\.weight$/,
    "CLMR's encoder or a part of it (give it as checkpointPath of the clmr encoder)",
  ],
  [/(^|\.)projector\.\d+\.weight$/, "the projector of CLMR's pre-training, which no evaluation uses"],
  [/(^|\.)(self_attn|attention|attn)\./, 'a transformer'],
  [/(^|[._])(conv|bn|layer)_?\d*\./, 'a convolutional network'],
  [
    /^(.*\.)?(fc|classifier|linear|head)\.(weight|bias)$/,
    'a layer of another name: save it as "0.weight" and "0.bias"',
  ],
  [/^(.*\.)?\d+\.(weight|bias)$/, 'a head of other layers than CLMR has'],
];

const SHOWN = 3;

/** A sentence on what the keys of a state dict without a head look like, with a few of them. */
function looksLike(keys: readonly string[]): string {
  const kind = KINDS.find(([pattern]) => keys.some((key) => pattern.test(key)))?.[1];
  const shown = keys.slice(0, SHOWN).map(quoted);
  const listed = `${shown.join(', ')}${keys.length > SHOWN ? `, … ${keys.length} in all` : ''}`;
  return kind === undefined ? `Its keys are ${listed}.` : `By its keys (${listed}) it is ${kind}.`;
}

/** A key that a file chose, fit for a message: quoted, escaped and short. */
function quoted(key: string): string {
  return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
}
