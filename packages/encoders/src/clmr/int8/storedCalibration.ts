import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clip, type Host, messageOf, writeFileAtomic, z } from '@refrain/core';
import type { Calibration } from './calibration.ts';
import type { CalibrationClips } from './calibrationClips.ts';

// Part of the key: raised when the way from clips to a calibration changes.
const FORMAT = 1;

const share = z.number().min(0).max(1);
const count = z.number().int().min(0);
const schema = z.object({
  ranges: z.array(z.number().min(0)),
  calibrated: count,
  compared: count,
  repeated: count,
  fidelity: z
    .object({
      cosine: z.object({ mean: z.number(), worst: z.number() }),
      sameNearest: share,
      sameNeighbours: share,
      largestChange: z.number().min(0),
    })
    .optional(),
});

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
    .update(JSON.stringify([FORMAT, sha256, dataset, described]))
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
    const calibration = schema.parse(JSON.parse(text));
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
