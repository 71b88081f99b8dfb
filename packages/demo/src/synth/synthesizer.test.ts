import { encodeWav } from '@refrain/audio';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Corpus, composeCorpus, type DemoClip } from '../corpus/corpus.ts';
import { renderingOf } from '../corpus/renderCorpus.ts';
import { addReverb, lowPass } from './filters.ts';
import { SAMPLE_RATE, Synthesizer } from './synthesizer.ts';

// The synthesizer works in blocks of this many samples; a last block that is cut short sounds a little different.
const BLOCK = 128;

const rms = (samples: Float32Array) =>
  Math.sqrt(samples.reduce((sum, sample) => sum + sample ** 2, 0) / samples.length);

describe('Synthesizer', () => {
  let synthesizer: Synthesizer;
  let corpus: Corpus;
  beforeAll(async () => {
    corpus = composeCorpus(0);
    synthesizer = await Synthesizer.load();
  });
  const clip = (test: (clip: DemoClip) => boolean) => corpus.clips.find(test)!;

  it('renders audible, unclipped music of the exact length', () => {
    for (const style of ['rock', 'ambient', 'string quartet']) {
      const { samples, sampleRate } = synthesizer.render(
        renderingOf(
          clip(({ track }) => track.style.name === style),
          3,
        ),
      );
      expect(sampleRate).toBe(SAMPLE_RATE);
      expect(samples).toHaveLength(3 * SAMPLE_RATE);
      expect(samples.every(Number.isFinite)).toBe(true);
      expect(rms(samples)).toBeGreaterThan(0.003);
      expect(rms(samples)).toBeLessThan(0.4);
      expect(samples.every((sample) => Math.abs(sample) < 1)).toBe(true);
    }
  });

  it('makes loud music louder than quiet music', () => {
    const loud = clip(({ tags }) => tags.includes('loud'));
    const quiet = clip(({ tags }) => tags.includes('quiet'));
    expect(rms(synthesizer.render(renderingOf(loud, 3)).samples)).toBeGreaterThan(
      1.5 * rms(synthesizer.render(renderingOf(quiet, 3)).samples),
    );
  });

  it('renders exact copies byte for byte, near copies nearly, whatever came before', () => {
    for (const kind of ['exact', 'quieter', 'shifted'] as const) {
      const copy = clip(({ copyOf }) => copyOf?.kind === kind);
      const original = clip(({ id }) => id === copy.copyOf!.id);
      const [first, second] = [synthesizer.render(renderingOf(original, 2)), synthesizer.render(renderingOf(copy, 2))];
      const equal = Buffer.compare(encodeWav(first), encodeWav(second)) === 0;
      expect(equal, kind).toBe(kind === 'exact');
      const factor = rms(second.samples) / rms(first.samples);
      if (kind === 'quieter') expect(20 * Math.log10(factor)).toBeCloseTo(-6, 2);
      if (kind === 'shifted') {
        const shift = Math.round(0.12 * SAMPLE_RATE);
        const differing = first.samples.subarray(shift, -BLOCK).findIndex((sample, i) => sample !== second.samples[i]);
        expect(differing).toBe(-1);
      }
    }
  });
});

describe('lowPass', () => {
  const tone = (frequency: number) =>
    Float32Array.from({ length: 2000 }, (_, i) => Math.sin(2 * Math.PI * frequency * i));
  const inner = (samples: Float32Array) => rms(samples.subarray(100, 1900));

  it('passes what is low, stops what is high', () => {
    expect(inner(lowPass(tone(0.02), 0.2)) / inner(tone(0.02))).toBeCloseTo(1, 2);
    expect(inner(lowPass(tone(0.4), 0.2)) / inner(tone(0.4))).toBeLessThan(0.02);
    expect(inner(lowPass(tone(0.2), 0.2)) / inner(tone(0.2))).toBeCloseTo(0.5, 1);
  });

  it('keeps a constant', () => {
    expect(lowPass(new Float32Array(100).fill(0.5), 0.2)[50]).toBeCloseTo(0.5, 6);
  });
});

describe('addReverb', () => {
  const click = () => {
    const samples = new Float32Array(SAMPLE_RATE);
    samples[0] = 1;
    return samples;
  };

  it('does nothing when dry', () => {
    const samples = click();
    addReverb(samples, SAMPLE_RATE, 0);
    expect(samples).toEqual(click());
  });

  it('leaves a tail that dies away', () => {
    const samples = click();
    addReverb(samples, SAMPLE_RATE, 0.5);
    const [early, late] = [samples.subarray(1000, 4000), samples.subarray(-3000)];
    expect(rms(early)).toBeGreaterThan(0.0005);
    expect(rms(late)).toBeLessThan(0.1 * rms(early));
  });
});
