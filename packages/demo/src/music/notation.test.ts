import { describe, expect, it } from 'vitest';
import { parseSteps, repeatSteps } from './notation.ts';

describe('parseSteps', () => {
  it('places tokens and prolongs them', () => {
    expect(parseSteps('R--. 5-..', 4)).toEqual([
      { token: 'R', start: 0, duration: 1.5 },
      { token: '5', start: 2, duration: 1 },
    ]);
  });

  it('lets every bar have its own grid', () => {
    const steps = parseSteps('x.x. | xxx', 3);
    expect(steps.map(({ start }) => start)).toEqual([0, 1.5, 3, 4, 5]);
  });
});

describe('repeatSteps', () => {
  it('fills the time and no more', () => {
    const steps = repeatSteps('x-x-', 4, 9);
    expect(steps.map(({ start }) => start)).toEqual([0, 2, 4, 6, 8]);
  });
});
