import { setImmediate } from 'node:timers/promises';

/** The event loop gets a turn after so many comparisons of clips. */
const TURN = 2_000_000;

/**
 * A function to await after every so many comparisons: once enough have been made it gives the event loop a turn, so that a run can be stopped. It
 * rejects with the signal's reason where the work is aborted.
 */
export function turns(signal: AbortSignal): (comparisons: number) => Promise<void> {
  let done = 0;
  return async (comparisons) => {
    done += comparisons;
    if (done < TURN) return;
    done = 0;
    await setImmediate();
    signal.throwIfAborted();
  };
}
