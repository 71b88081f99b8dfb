import { describe, expect, it } from 'vitest';
import type { Dataset } from '../dataset.ts';
import { DataError } from '../errors.ts';

/**
 * The conformance suite of the Dataset contract: call it inside a `describe`, with a function that opens the dataset on a small
 * sample tree. Audio of the first and the last clip is read.
 */
export function testDataset(open: () => Dataset | Promise<Dataset>): void {
  describe('keeps the Dataset contract', () => {
    it('has a name, clips with unique non-empty ids and known splits', async () => {
      const { name, clips } = await open();
      expect(name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(clips.length).toBeGreaterThan(0);
      expect(new Set(clips.map((clip) => clip.id)).size).toBe(clips.length);
      for (const clip of clips) {
        expect(clip.id).not.toBe('');
        expect(clip.path).not.toBe('');
        expect(['train', 'valid', 'test']).toContain(clip.split);
      }
    });

    it('labels clips as its task says', async () => {
      const { task, classes, clips } = await open();
      expect(new Set(classes).size).toBe(classes.length);
      expect(classes.length === 0).toBe(task === 'unlabelled');
      for (const { labels } of clips) {
        expect([...new Set(labels)].sort((a, b) => a - b)).toEqual(labels);
        for (const label of labels) expect(classes[label]).toBeTypeOf('string');
        if (task === 'single-label') expect(labels).toHaveLength(1);
        if (task === 'unlabelled') expect(labels).toEqual([]);
      }
    });

    it('lists the same clips in the same order when opened again', async () => {
      const [first, second] = [await open(), await open()];
      expect(second.clips).toEqual(first.clips);
      expect(second.classes).toEqual(first.classes);
    });

    it('reads audio', async () => {
      const dataset = await open();
      for (const clip of [dataset.clips[0]!, dataset.clips.at(-1)!]) {
        const { samples, sampleRate } = await dataset.readAudio(clip);
        expect(samples.length).toBeGreaterThan(0);
        expect(sampleRate).toBeGreaterThan(0);
        expect(samples.every(Number.isFinite)).toBe(true);
      }
    });

    it('gives the same audio in pieces, where it can', async () => {
      const dataset = await open();
      if (dataset.streamAudio === undefined) return;
      for (const clip of [dataset.clips[0]!, dataset.clips.at(-1)!]) {
        const whole = await dataset.readAudio(clip);
        const { sampleRate, pieces } = await dataset.streamAudio(clip);
        expect(sampleRate).toBe(whole.sampleRate);
        let position = 0;
        let largest = 0;
        for await (const channels of pieces) {
          for (let i = 0; i < channels[0]!.length; i++, position++) {
            const mean = channels.reduce((sum, samples) => sum + samples[i]!, 0) / channels.length;
            largest = Math.max(largest, Math.abs(mean - whole.samples[position]!));
          }
        }
        expect(position).toBe(whole.samples.length);
        expect(largest).toBeLessThan(1e-6);
      }
    });

    it('names the file when audio cannot be read', async () => {
      const dataset = await open();
      const missing = { ...dataset.clips[0]!, id: 'missing', path: '/nowhere/missing-clip.wav' };
      const error = await dataset.readAudio(missing).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(DataError);
      expect((error as DataError).message).toContain('missing-clip.wav');
      await expect(dataset.streamAudio?.(missing) ?? dataset.readAudio(missing)).rejects.toThrow('missing-clip.wav');
    });
  });
}
