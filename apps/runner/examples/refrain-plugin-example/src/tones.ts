import { type Clip, DataError, type Dataset, defineComponent, numberOption, z } from '@refrain/core';

const SAMPLE_RATE = 16000;

/** A dataset of plain tones: `tracks` pitches, four clips of three seconds each, all made when they are read. */
export function tones(tracks: number): Dataset {
  const clips = Array.from({ length: tracks * 4 }, (_, i): Clip => {
    const track = Math.floor(i / 4);
    const split = track % 4 === 3 ? 'test' : track % 4 === 2 ? 'valid' : 'train';
    const id = `tone-${track}-${i % 4}`;
    return { id, path: `tones:${id}`, split, labels: [track % 2], groups: { track: `tone-${track}` } };
  });
  return {
    name: 'tones',
    task: 'single-label',
    classes: ['even', 'odd'],
    clips,
    async readAudio({ id, path }) {
      const [, track, take] = /^tone-(\d+)-(\d)$/.exec(id) ?? [];
      if (track === undefined) throw new DataError(path, `${path} is no tone of this dataset.`);
      const frequency = 220 * 2 ** (Number(track) / 12);
      const samples = Float32Array.from(
        { length: 3 * SAMPLE_RATE },
        (_, n) => 0.5 * Math.sin((2 * Math.PI * frequency * n) / SAMPLE_RATE + Number(take)),
      );
      return { samples, sampleRate: SAMPLE_RATE };
    },
  };
}

export const tonesDataset = defineComponent({
  name: 'tones',
  description: 'plain tones, made when they are read',
  options: z.object({
    tracks: numberOption((n) => n.int().min(4))
      .default(12)
      .describe('how many pitches'),
  }),
  create: ({ tracks }) => tones(tracks),
});
