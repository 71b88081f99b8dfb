import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { TimeLimitError, withTimeLimit } from './timeLimit.ts';

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
    expect(await withTimeLimit(60, run, async () => 'done')).toBe('done');
    await expect(withTimeLimit(60, run, () => Promise.reject(new RangeError('no')))).rejects.toThrow(RangeError);
  });

  it('ends work that heeds the signal, and gives up on work that does not', async () => {
    await expect(withTimeLimit(0.01, run, endless)).rejects.toThrow(TimeLimitError);
    await expect(withTimeLimit(0.01, run, never)).rejects.toThrow(TimeLimitError);
    await expect(withTimeLimit(-1, run, never)).rejects.toThrow(TimeLimitError);
  });

  it('hands on why the run was aborted', async () => {
    const controller = new AbortController();
    const reason = new Error('interrupted');
    const working = withTimeLimit(60, controller.signal, endless);
    controller.abort(reason);
    await expect(working).rejects.toBe(reason);
    await expect(withTimeLimit(60, controller.signal, async () => 'late')).rejects.toBe(reason);
  });
});
