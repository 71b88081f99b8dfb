import type { EventEmitter } from 'node:events';

/** Thrown through a run that the user interrupts. */
export class Interrupted extends Error {}

/**
 * A signal that comes again this soon, in ms, is the same one: `timeout`, npx and terminals send it to the command and then once more to its
 * group of processes.
 */
const ECHO_MS = 1000;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * A signal that is aborted, with `Interrupted`, when `source` gets a first SIGINT or SIGTERM; `tell` is told then. At a later one `end` is
 * called, which ends the process at once. `now` is a time in ms.
 */
export function interruptionOf(
  source: EventEmitter,
  now: () => number,
  tell: () => void,
  end: (signal: NodeJS.Signals) => void,
): AbortSignal {
  const interruption = new AbortController();
  let first: number | undefined;
  for (const signal of SIGNALS) {
    source.on(signal, () => {
      if (first === undefined) {
        first = now();
        interruption.abort(new Interrupted());
        tell();
      } else if (now() - first >= ECHO_MS) {
        end(signal);
      }
    });
  }
  return interruption.signal;
}
