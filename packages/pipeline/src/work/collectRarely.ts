import { setFlagsFromString } from 'node:v8';

/**
 * A clip leaves 30 MB of samples and of its decoder's memory behind, a share of a search its products, and by default that makes V8 look through
 * all that a thread holds after every one, on helper threads: 8 % of all time. So it waits until ten times as much has piled up.
 */
const V8_FLAGS = ['--heap-growing-percent=1000', '--min-semi-space-size=32'];

/** Has this process, and the threads that it starts from now on, collect garbage as suits work on large pieces of memory. */
export function collectRarely(): void {
  for (const flag of V8_FLAGS) setFlagsFromString(flag);
}
