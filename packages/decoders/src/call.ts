/** One file that somebody waits for. */
export interface Call {
  readonly path: string;
  /** The bytes of its audio as a wav file. */
  readonly answer: Promise<Uint8Array>;
  /** Whether there is no answer yet. */
  open(): boolean;
  give(wav: Uint8Array): void;
  refuse(error: unknown): void;
}

/** A call that answers for itself when `signal` is aborted, with its reason. Only the first answer counts. */
export function openCall(path: string, signal: AbortSignal | undefined): Call {
  let open = true;
  let resolve: (wav: Uint8Array) => void;
  let reject: (error: unknown) => void;
  const answer = new Promise<Uint8Array>((give, refuse) => {
    [resolve, reject] = [give, refuse];
  });
  const onAbort = () => end(() => reject(signal?.reason));
  const end = (settle: () => void) => {
    if (!open) return;
    open = false;
    signal?.removeEventListener('abort', onAbort);
    settle();
  };
  signal?.addEventListener('abort', onAbort);
  return {
    path,
    answer,
    open: () => open,
    give: (wav) => end(() => resolve(wav)),
    refuse: (error) => end(() => reject(error)),
  };
}
