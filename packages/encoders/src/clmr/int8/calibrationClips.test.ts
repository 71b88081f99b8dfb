import { type Clip, DataError, type Dataset, quietHost, type Split } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { drawCalibrationClips, readClips } from './calibration.ts';

const clip = (id: string, split: Split = 'train'): Clip => ({ id, path: `${id}.wav`, split, labels: [] });
const clips = (count: number) => Array.from({ length: count }, (_, i) => clip(`clip ${i}`));

describe('clips for a calibration', () => {
  it('are 32 of the train clips, and 64 others to compare', () => {
    const all = [...clips(200), ...Array.from({ length: 200 }, (_, i) => clip(`test ${i}`, 'test'))];
    const { calibrated, compared } = drawCalibrationClips({ clips: all });
    expect([calibrated.length, compared.length]).toEqual([32, 64]);
    expect(new Set([...calibrated, ...compared]).size).toBe(96);
    expect([...calibrated, ...compared].every(({ split }) => split === 'train')).toBe(true);
  });

  it('are the same in whatever order the dataset has them, others for other ids', () => {
    const drawn = drawCalibrationClips({ clips: clips(200) });
    expect(drawCalibrationClips({ clips: clips(200).reverse() })).toEqual(drawn);
    expect(drawCalibrationClips({ clips: clips(201) })).not.toEqual(drawn);
  });

  it.each([
    [1, 1, 1],
    [32, 32, 32],
    [40, 32, 40],
    [90, 32, 64],
  ])('of %i train clips are %i and %i, others first', (count, calibratedCount, comparedCount) => {
    const { calibrated, compared } = drawCalibrationClips({ clips: clips(count) });
    expect(new Set(calibrated).size).toBe(calibratedCount);
    expect(new Set(compared).size).toBe(comparedCount);
    const others = Math.min(64, count - calibratedCount);
    expect(compared.map((one) => calibrated.includes(one))).toEqual(compared.map((_, i) => i >= others));
  });
});

describe('reading them', () => {
  const samples = Float32Array.of(0.5, 0.25, 0);
  const dataset = (readAudio: Dataset['readAudio']): Dataset => ({
    name: 'some',
    task: 'unlabelled',
    classes: [],
    clips: clips(3),
    readAudio,
  });
  const read = async (source: Dataset, host = quietHost()) => {
    const ids: string[] = [];
    for await (const { clip: one, sampleRate } of readClips(source.clips, source, host, 'reading')) {
      expect(sampleRate).toBe(22_050);
      ids.push(one.id);
    }
    return ids;
  };

  it('leaves out what cannot be read or holds no sample, and counts it as done', async () => {
    const steps: string[] = [];
    const progress = (label: string, total: number, unit: string) => {
      steps.push(`${label} ${total} ${unit}`);
      return { advance: () => steps.push('clip'), end: () => steps.push('end') };
    };
    const source = dataset(async ({ id, path }) => {
      if (id === 'clip 0') throw new DataError(path, 'damaged');
      return { samples: id === 'clip 1' ? new Float32Array(0) : samples, sampleRate: 44_100 };
    });
    expect(await read(source, quietHost({ progress }))).toEqual(['clip 2']);
    expect(steps).toEqual(['reading 3 clips', 'clip', 'clip', 'clip', 'end']);
  });

  it('throws what is no matter of the clip', async () => {
    const broken = dataset(async () => {
      throw new TypeError('a mistake in the dataset');
    });
    await expect(read(broken)).rejects.toThrow('a mistake in the dataset');
  });

  it('stops when it is interrupted', async () => {
    const interrupt = new AbortController();
    const source = dataset(async (_, options) => {
      expect(options?.signal).toBe(interrupt.signal);
      interrupt.abort(new Error('interrupted'));
      return { samples, sampleRate: 22_050 };
    });
    await expect(read(source, quietHost({ signal: interrupt.signal }))).rejects.toThrow('interrupted');
  });
});
