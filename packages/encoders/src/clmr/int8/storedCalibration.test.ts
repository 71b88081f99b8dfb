import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clip, quietHost } from '@refrain/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Calibration } from './calibration.ts';
import { calibrationPath, readCalibration, writeCalibration } from './int8Model.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'refrain-calibration-'));
});
afterAll(() => rm(folder, { recursive: true }));

const figures = { calibrated: 3, compared: 7, repeated: 3 };
const calibration: Calibration = {
  ...figures,
  ranges: [0.1 + 0.2, 0, 1e-30],
  fidelity: { cosine: { mean: 1 / 3, worst: -0.5 }, sameNearest: 6 / 7, sameNeighbours: 0, largestChange: 2 },
};

describe('a stored calibration', () => {
  it('is read as it was written', async () => {
    for (const [i, one] of [calibration, { ...figures, ranges: [1, 2, 3] }].entries()) {
      const path = join(folder, 'clmr-int8', `${i}.json`);
      expect(await readCalibration(path, 3, quietHost())).toBeUndefined();
      await writeCalibration(path, one);
      expect(await readCalibration(path, 3, quietHost())).toEqual(one);
    }
  });

  it.each([
    ['cut', '{"ranges": [1, 2'],
    ['empty', ''],
    ['without ranges', JSON.stringify(figures)],
    ['with too few ranges', JSON.stringify({ ...figures, ranges: [1, 2] })],
    ['with a negative range', JSON.stringify({ ...figures, ranges: [1, 2, -3] })],
    ['with a share above 1', JSON.stringify({ ...calibration, fidelity: { ...calibration.fidelity, sameNearest: 2 } })],
  ])('%s counts as none, and is told', async (_, content) => {
    const path = join(folder, 'damaged.json');
    await writeFile(path, content);
    const notices: string[] = [];
    expect(await readCalibration(path, 3, quietHost({ notice: (text) => notices.push(text) }))).toBeUndefined();
    expect(notices).toEqual([expect.stringMatching(/damaged\.json, the calibration of int8, is damaged \(.+\)/)]);
  });
});

describe('its place', () => {
  it('depends on model, dataset, and the clips with their sizes', async () => {
    const clip = async (id: string, content: string): Promise<Clip> => {
      const path = join(folder, `${id}-${content.length}`);
      await writeFile(path, content);
      return { id, path, split: 'train', labels: [] };
    };
    const [a, b, longer] = [await clip('a', 'x'), await clip('b', 'x'), await clip('a', 'xx')];
    const missing: Clip = { ...a, path: join(folder, 'missing') };
    const drawn = { calibrated: [a], compared: [b] };
    const place = (model: string, dataset: string, clips: { calibrated: Clip[]; compared: Clip[] }) =>
      calibrationPath(folder, model, dataset, clips);
    const places = await Promise.all([
      place('model', 'music', drawn),
      place('other', 'music', drawn),
      place('model', 'speech', drawn),
      ...[longer, missing, b].map((one) => place('model', 'music', { ...drawn, calibrated: [one] })),
      place('model', 'music', { ...drawn, compared: [] }),
    ]);
    expect(new Set(places).size).toBe(places.length);
    expect(await place('model', 'music', { calibrated: [{ ...a }], compared: [{ ...b }] })).toBe(places[0]);
  });
});
