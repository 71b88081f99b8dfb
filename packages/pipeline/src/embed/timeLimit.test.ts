import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TimeLimit, TimeLimitError } from './timeLimit.ts';

const within = <T>(seconds: number, outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>) =>
  new TimeLimit(seconds, outer).run(work);
const never = () => new Promise<never>(() => {});
const endless = async (signal: AbortSignal) => {
  while (true) {
    await setImmediate();
    signal.throwIfAborted();
  }
};

describe('a time limit', () => {
  const run = new AbortController().signal;

  it('lets quick work through, and its errors', async () => {
    expect(await within(60, run, async () => 'done')).toBe('done');
    await expect(within(60, run, () => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
  });

  it('ends work that heeds the signal, and gives up on work that does not', async () => {
    await expect(within(0.01, run, endless)).rejects.toThrow(TimeLimitError);
    await expect(within(0.01, run, never)).rejects.toThrow(TimeLimitError);
    await expect(within(-1, run, never)).rejects.toThrow(TimeLimitError);
  });

  it('hands on why the run was aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const working = within(60, controller.signal, endless);
    controller.abort(reason);
    await expect(working).rejects.toBe(reason);
    await expect(within(60, controller.signal, async () => 'late')).rejects.toBe(reason);
  });

  it('is one for all that is done under it, and told where the event loop gets no turn', async () => {
    const limit = new TimeLimit(0.05, run);
    await limit.run(async (signal) => {
      while (!isOver(() => limit.check())) expect(signal.aborted).toBe(false);
    });
    await expect(limit.run(never)).rejects.toThrow(TimeLimitError);
    await expect(limit.run(async () => 'late')).rejects.toThrow(TimeLimitError);
  });
});

function isOver(check: () => void): boolean {
  try {
    check();
    return false;
  } catch (error) {
    expect(error).toBeInstanceOf(TimeLimitError);
    return true;
  }
}
