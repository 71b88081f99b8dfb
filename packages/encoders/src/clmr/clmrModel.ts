import { createHash } from 'node:crypto';
import { access, constants } from 'node:fs/promises';
import { messageOf } from '@refrain/core';
import { modelBytes } from '@refrain/onnx';
import { type ModelFile, readModelFile, wrongFile } from '../onnx-model/modelFile.ts';
import { type Convolution, foldBatchNorm, sampleCnnGraph } from './sampleCnn.ts';
import { type StoredTensors, sampleCnnBlocks } from './weights.ts';

/**
 * CLMR's encoder as the bytes of an ONNX model, from a checkpoint (.pt, .ckpt, .safetensors) or from an .onnx file. The hash is that of the
 * numbers the model computes with, so the same weights have the same in every checkpoint format; an .onnx file has its own. Throws a
 * ConfigError for a file that is not there and for an .onnx file that is no model, a DataError for a checkpoint that is damaged or has no
 * such encoder.
 */
export async function readClmrModel(path: string): Promise<ModelFile> {
  if (isOnnxFile(path)) return readModelFile(path);
  const { convolutions, sha256 } = await readClmrWeights(path);
  return { bytes: modelBytes(sampleCnnGraph(convolutions)), sha256 };
}

/** Whether the file at `path` is by its name an ONNX model, which has a graph of its own, and no checkpoint. */
export function isOnnxFile(path: string): boolean {
  return /\.onnx$/i.test(path);
}

/**
 * The convolutions of CLMR's encoder in the checkpoint at `path`, batch normalisation folded in, and the hash of their numbers. Throws what
 * `readClmrModel` throws for a checkpoint.
 */
export async function readClmrWeights(
  path: string,
): Promise<{ readonly convolutions: readonly Convolution[]; readonly sha256: string }> {
  const convolutions = (await sampleCnnBlocks(await storedTensors(path), path)).map(foldBatchNorm);
  return { convolutions, sha256: hashOf(convolutions) };
}

async function storedTensors(path: string): Promise<StoredTensors> {
  await access(path, constants.R_OK).catch((cause: unknown) => {
    throw wrongFile(`Cannot read the checkpoint ${path}: ${messageOf(cause)}.`, cause);
  });
  const { asFloat32, readCheckpoint, stateDict } = await import('@refrain/checkpoints');
  const { tensors } = stateDict(await readCheckpoint(path));
  return new Map([...tensors].map(([key, tensor]) => [key, { shape: tensor.shape, read: () => asFloat32(tensor) }]));
}

function hashOf(convolutions: readonly Convolution[]): string {
  const hash = createHash('sha256');
  for (const { inputs, outputs, weight, bias } of convolutions) {
    hash.update(`${inputs} ${outputs}`);
    for (const { buffer, byteOffset, byteLength } of [weight, bias]) {
      hash.update(new Uint8Array(buffer, byteOffset, byteLength));
    }
  }
  return hash.digest('hex');
}
