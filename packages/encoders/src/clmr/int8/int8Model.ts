import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clip, ConfigError, type Dataset, type Host, messageOf, writeFileAtomic } from '@refrain/core';
import { type ExecutionProvider, modelBytes } from '@refrain/onnx';
import type { ModelFile } from '../../onnx-model/modelFile.ts';
import { isOnnxFile, readClmrWeights } from '../sampleCnn.ts';
import {
  type Calibration,
  type CalibrationClips,
  calibrate,
  calibrationNotice,
  calibrationSchema,
  drawCalibrationClips,
} from './calibration.ts';
import { quantizedSampleCnnGraph } from './quantizedGraph.ts';

// Part of the hash: raised when the same weights and ranges come to give other embeddings.
const MODEL_FORMAT = 1;

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
      .update(JSON.stringify(['int8', MODEL_FORMAT, sha256, ranges]))
      .digest('hex'),
  };
}

function refusal(what: string): ConfigError {
  return new ConfigError('encoder.precision', `${what}, or leave out encoder.precision int8.`);
}

// Part of the key: raised when the way from clips to a calibration changes.
const KEPT_FORMAT = 1;

/**
 * Where the calibration of a model on these clips is kept: the same model (by its hash), name of the dataset, ids and sizes of the clips'
 * files have the same place.
 */
export async function calibrationPath(
  cacheDir: string,
  sha256: string,
  dataset: string,
  { calibrated, compared }: CalibrationClips,
): Promise<string> {
  const described = await Promise.all([calibrated, compared].map((clips) => Promise.all(clips.map(idAndSize))));
  const key = createHash('sha256')
    .update(JSON.stringify([KEPT_FORMAT, sha256, dataset, described]))
    .digest('hex');
  return join(cacheDir, 'clmr-int8', `${key.slice(0, 24)}.json`);
}

async function idAndSize({ id, path }: Clip): Promise<[string, number | null]> {
  const found = await stat(path).catch(() => undefined);
  return [id, found?.size ?? null];
}

/** The calibration kept at `path`, with `blocks` ranges. Undefined where there is none, and where it is damaged, which is told. */
export async function readCalibration(path: string, blocks: number, host: Host): Promise<Calibration | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const calibration = calibrationSchema.parse(JSON.parse(text));
    if (calibration.ranges.length === blocks) return calibration;
    throw new Error(`expected ${blocks} ranges, found ${calibration.ranges.length}`);
  } catch (error) {
    const [reason] = messageOf(error).split('\n', 1);
    host.notice(`${path}, the calibration of int8, is damaged (${reason}) and made again.`);
    return undefined;
  }
}

/** Keeps a calibration at `path`. */
export async function writeCalibration(path: string, calibration: Calibration): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify(calibration, null, 2)}\n`);
}
