import { refusal } from '@refrain/core';
import { type ByteSource, fileSource } from './byteSource.ts';
import { readSafetensors } from './safetensors.ts';
import { type CheckpointLimits, limitsOf } from './tensor.ts';
import { readTorchLegacy, readTorchZip } from './torch.ts';
import type { CheckpointValue } from './value.ts';

/** How a checkpoint is written: by torch.save since 1.6, by torch.save before, or as safetensors. */
type CheckpointFormat = 'torch-zip' | 'torch-legacy' | 'safetensors';

/** What a file of weights holds; the values of its tensors are still in the file. */
export interface Checkpoint {
  /** The path of the file. */
  readonly source: string;
  readonly format: CheckpointFormat;
  readonly value: CheckpointValue;
  /** What a safetensors file says of itself under `__metadata__`, nothing of it checked; empty for the other formats. */
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Reads the structure of a checkpoint, by path or from any other bytes. The format is found by content, whatever the file is called. A
 * pickle is parsed, never run. Throws a DataError that names the file and the reason for everything that is not understood, does not fit
 * the file or exceeds the limits. What is wrong with the bytes of a tensor, such as a checksum, shows when it is read.
 */
export async function readCheckpoint(
  from: string | ByteSource,
  limits: Partial<CheckpointLimits> = {},
): Promise<Checkpoint> {
  const source = typeof from === 'string' ? await fileSource(from) : from;
  const format = formatOf(source.name, await source.read(0, Math.min(START_BYTES, source.size)));
  return { source: source.name, format, metadata: new Map(), ...(await READERS[format](source, limitsOf(limits))) };
}

const READERS = { 'torch-zip': readTorchZip, 'torch-legacy': readTorchLegacy, safetensors: readSafetensors };

const START_BYTES = 512;

// What is often found under the name of a checkpoint, by how it begins.
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/^version https:\/\/git-lfs/, 'is a Git LFS pointer: the weights themselves were not fetched (git lfs pull)'],
  [/^\s*<(!doctype|html|\?xml)/i, 'is a web page: the download of the weights failed'],
  // biome-ignore lint/suspicious/noControlCharactersInRegex: gzip begins so.
  [/^\x1f\x8b/, 'is compressed with gzip: unpack it first'],
  [/^\x89HDF/, 'is an HDF5 file, as Keras writes them'],
  [/^\x93NUMPY/, 'is an .npy file'],
  [/^.{257}ustar/s, 'is a tar archive; files of torch before 0.1.10 cannot be read'],
  [/^PK/, 'is a cut or damaged zip archive'],
];

function formatOf(source: string, start: Uint8Array): CheckpointFormat {
  const text = Buffer.from(start).toString('latin1');
  if (text.startsWith('PK\x03\x04')) return 'torch-zip';
  // The length of a safetensors header may begin with the byte of a pickle, but no pickle of torch.save has a `{` behind four zeros.
  if (text.slice(4, 9) === '\0\0\0\0{') return 'safetensors';
  if (text.startsWith('\x80')) return 'torch-legacy';
  if (text[8] === '{') return 'safetensors';
  const known = OTHERS.find(([pattern]) => pattern.test(text));
  const found = start.length === 0 ? 'is empty' : (known?.[1] ?? 'begins like none of these');
  throw refusal(source, `${found}. Expected a checkpoint: .pt, .pth or .ckpt of torch.save, or .safetensors.`);
}
