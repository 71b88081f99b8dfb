import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError, messageOf } from '@refrain/core';
import { externalDataOf } from './externalData.ts';

/** The bytes of a model file and their SHA-256 in hexadecimal. */
export interface ModelFile {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/**
 * An ONNX model's file, looked through: it is whole, and all its weights are in it. Throws a ConfigError that names the file when it
 * is missing, no ONNX model, cut, or keeps weights in other files.
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const bytes = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === 'ENOENT' ? 'there is no such file' : messageOf(cause);
    throw wrongFile(`Cannot read the model ${path}: ${why}.`, cause);
  });
  const kind = otherKind(bytes);
  if (kind !== undefined) throw wrongFile(`${path} is no ONNX model but ${kind}.`);
  let location: string | undefined;
  try {
    location = externalDataOf(bytes);
  } catch (cause) {
    throw wrongFile(`${path} is no ONNX model, or a part of one: ${messageOf(cause)}.`, cause);
  }
  if (location !== undefined) {
    throw wrongFile(
      `${path} keeps weights in another file ("${location}"), which is not read: it could be any file of this machine. ` +
        'Save the model as one file, in Python: onnx.save(onnx.load(path), path, save_as_external_data=False).',
    );
  }
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** A ConfigError about the model file. */
export function wrongFile(message: string, cause?: unknown): ConfigError {
  return new ConfigError('encoder.checkpointPath', message, { cause });
}

const EXPORT_IT =
  '--encoder clmr reads CLMR\'s; another has to be exported first, in Python: torch.onnx.export(model, example, "model.onnx")';

/** What a file is that people give in place of an ONNX model, by its first bytes. */
function otherKind(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1');
  if (start === '') return 'an empty file';
  if (start.startsWith('PK\x03\x04')) return `a zip archive; if that is a PyTorch checkpoint, ${EXPORT_IT}`;
  if (start.startsWith('\x80') && bytes[1]! >= 2 && bytes[1]! <= 5)
    return `a Python pickle; if that is a PyTorch checkpoint, ${EXPORT_IT}`;
  if (start.startsWith('\x89HDF')) return 'an HDF5 file; convert the model first, e.g. with tf2onnx';
  if (start.startsWith('version https://git-lfs')) return 'a pointer of Git LFS; fetch the model with "git lfs pull"';
  if (/^.{8}\{"/s.test(start))
    return "a safetensors file, which has weights but no graph; --encoder clmr reads CLMR's, another model has to be exported to ONNX";
  return undefined;
}
