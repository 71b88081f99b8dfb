import { type Random, seededRandom, studentPValue } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { compareRuns, type PairedComparison } from './pairedComparison.ts';
import { drawGroupResamples, resampledRankings } from './resamples.ts';

// Simulated probes, so that the truth is known: 10 seeds, 40 tracks of 2 clips, 2 classes. How well a run tells a class varies by its train
// set (`drawn`), and a strategy is better on some tracks than on others (`ofTrack`), in both strategies alike, so that neither is better.
interface World {
  readonly drawn: number;
  readonly ofTrack: number;
  /** How much better b tells positives, in standard deviations of the noise. */
  readonly gain?: number;
}

const SEEDS = 10;
const TRACKS = 40;
const CLIPS = 80;
const CLASSES = 2;
const REPETITIONS = 300;

function simulate(world: World, random: Random): PairedComparison {
  const truth = Uint8Array.from({ length: CLIPS * CLASSES }, () => (random.uniform() < 0.3 ? 1 : 0));
  const groups = Array.from({ length: CLIPS }, (_, clip) => `track ${clip >> 1}`);
  const resamples = drawGroupResamples(groups, 60, random);
  const [a, b] = [0, world.gain ?? 0].map((gain) => {
    const onTrack = Array.from({ length: TRACKS }, () => world.ofTrack * normal(random));
    return Array.from({ length: SEEDS }, () => {
      const skill = 1 + gain + world.drawn * normal(random);
      const data = Float64Array.from(truth, (positive, i) => {
        const track = Math.floor(i / CLASSES) >> 1;
        return (positive - 0.5) * (skill + onTrack[track]!) + normal(random);
      });
      return resampledRankings(truth, { data, rows: CLIPS, cols: CLASSES }, resamples).averagePrecision;
    });
  });
  return compareRuns(a!, b!);
}

function rates(world: World, name: string): { both: number; seedsAlone: number; groupsAlone: number } {
  const counts = { both: 0, seedsAlone: 0, groupsAlone: 0 };
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const comparison = simulate(world, seededRandom(`${name} ${repetition}`));
    if (comparison.pValue < 0.05) counts.both++;
    if (comparison.testGroupsAlone.pValue < 0.05) counts.groupsAlone++;
    if (seedsAlone(comparison.differencePerSeed) < 0.05) counts.seedsAlone++;
  }
  return {
    both: counts.both / REPETITIONS,
    seedsAlone: counts.seedsAlone / REPETITIONS,
    groupsAlone: counts.groupsAlone / REPETITIONS,
  };
}

// The paired t-test over seeds, which takes the test set as all there is.
function seedsAlone(differences: readonly number[]): number {
  const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
  const squares = differences.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return studentPValue(
    mean / Math.sqrt(squares / (differences.length - 1) / differences.length),
    differences.length - 1,
  );
}

// Box & Muller 1958.
function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
}

describe('error rates over simulated comparisons', () => {
  it('finds nothing between two random strategies, where the test groups alone would', () => {
    const found = rates({ drawn: 0.5, ofTrack: 0 }, 'two random strategies');
    expect(found.both).toBeLessThanOrEqual(0.07);
    expect(found.groupsAlone).toBeGreaterThan(0.2);
  });

  it('finds nothing between two fixed sets that are better on different tracks, where the seeds alone would', () => {
    const found = rates({ drawn: 0, ofTrack: 1 }, 'two fixed sets');
    expect(found.both).toBeLessThanOrEqual(0.07);
    expect(found.seedsAlone).toBeGreaterThan(0.2);
  });

  it('finds nothing where both vary', () => {
    const found = rates({ drawn: 0.4, ofTrack: 0.5 }, 'both');
    expect(found.both).toBeLessThanOrEqual(0.07);
  });

  it('finds a true difference', () => {
    const found = rates({ drawn: 0.3, ofTrack: 0.3, gain: 0.7 }, 'a better strategy');
    expect(found.both).toBeGreaterThan(0.8);
  });
});
