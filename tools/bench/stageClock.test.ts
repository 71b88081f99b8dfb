import { expect, it } from 'vitest';
import { StageClock } from './stageClock.ts';

it('gives each stage what was used until the next began', () => {
  let now = { cpuSeconds: 0.5, wallSeconds: 10 };
  const clock = new StageClock('start', () => now);
  const at = (cpuSeconds: number, wallSeconds: number, stage: string) => {
    now = { cpuSeconds, wallSeconds };
    clock.enter(stage);
  };
  at(1, 12, 'embedding');
  at(3, 13, 'embedding');
  at(4, 14, 'hashing');
  at(4.5, 15, 'embedding');
  now = { cpuSeconds: 6.5, wallSeconds: 16 };
  expect(clock.costs()).toEqual([
    { stage: 'start', cpuSeconds: 0.5, wallSeconds: 2 },
    { stage: 'embedding', cpuSeconds: 5, wallSeconds: 3 },
    { stage: 'hashing', cpuSeconds: 0.5, wallSeconds: 1 },
  ]);
});
