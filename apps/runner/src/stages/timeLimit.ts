/** Why work was given up: it took longer than it may. */
export class TimeLimitError extends Error {}

/**
 * What `work` gives. When it takes longer than `seconds`, the signal it gets is aborted and a TimeLimitError is thrown, whether `work` heeds
 * the signal or not. When `outer` is aborted, so is the signal, with the same reason.
 */
export async function withTimeLimit<T>(
  seconds: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const timer = setTimeout(() => controller.abort(new TimeLimitError()), Math.max(0, seconds) * 1000);
  // By hand, not by AbortSignal.any: that keeps something of every clip for as long as the run's signal lives.
  const onOuter = () => controller.abort(outer.reason);
  outer.addEventListener('abort', onOuter, { once: true });
  try {
    return await Promise.race([work(signal), interrupted]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', onOuter);
  }
}
