import { createHash } from 'node:crypto';
import { ConfigError, type Dataset, type Host } from '@refrain/core';
import { type ExecutionProvider, modelBytes } from '@refrain/onnx';
import type { ModelFile } from '../../onnx-model/modelFile.ts';
import { isOnnxFile, readClmrWeights } from '../clmrModel.ts';
import { calibrate, calibrationNotice } from './calibration.ts';
import { drawCalibrationClips } from './calibrationClips.ts';
import { quantizedSampleCnnGraph } from './quantizedGraph.ts';
import { calibrationPath, readCalibration, writeCalibration } from './storedCalibration.ts';

// Part of the hash: raised when the same weights and ranges come to give other embeddings.
const FORMAT = 1;

/**
 * CLMR's encoder in int8 as the bytes of an ONNX model, from the checkpoint at `path`, calibrated on train clips of `dataset`, or by what
 * an earlier calibration on them left under `host.cacheDir`. What int8 changes is told in one notice. The hash is that of the weights and
 * the ranges. Throws a ConfigError where int8 is not to be had, else what `readClmrWeights` and `calibrate` throw.
 */
export async function readInt8Model(
  path: string,
  provider: ExecutionProvider,
  dataset: Dataset | undefined,
  host: Host,
): Promise<ModelFile> {
  if (isOnnxFile(path)) {
    throw refusal(
      `int8 is made from the weights of a checkpoint, and ${path} is an ONNX model: give the .pt, .ckpt or .safetensors file`,
    );
  }
  if (provider !== 'cpu') throw refusal(`int8 runs on the provider cpu, not on ${provider}: leave the provider out`);
  if (dataset === undefined) throw refusal('int8 is calibrated on the clips of a dataset, and there is none: give one');
  const { convolutions, sha256 } = await readClmrWeights(path);
  const clips = drawCalibrationClips(dataset);
  const file = await calibrationPath(host.cacheDir, sha256, dataset.name, clips);
  let calibration = await readCalibration(file, convolutions.length - 1, host);
  if (calibration === undefined) {
    calibration = await calibrate(convolutions, clips, { dataset, host, path });
    await writeCalibration(file, calibration);
  }
  host.notice(calibrationNotice(calibration));
  const { ranges } = calibration;
  return {
    bytes: modelBytes(quantizedSampleCnnGraph(convolutions, ranges)),
    sha256: createHash('sha256')
      .update(JSON.stringify(['int8', FORMAT, sha256, ranges]))
      .digest('hex'),
  };
}

function refusal(what: string): ConfigError {
  return new ConfigError('encoder.precision', `${what}, or leave out --encoder.precision int8.`);
}
