import { onnxruntime } from './library.ts';
import type { Onnxruntime, Tensor, ValueMetadata } from './tensor.ts';

/** Where a graph can run, by onnxruntime's names. */
export type ExecutionProvider = 'cuda' | 'webgpu' | 'cpu';

/** How a graph is run. */
export interface SessionOptions {
  /** Tried in this order; default `['cpu']`. */
  readonly providers?: readonly ExecutionProvider[];
  /** Threads for one operator, default 1: independent workers with one thread each are quicker than shared ones. */
  readonly threads?: number;
  /** How the processor lays out the planes of convolutions: in blocks of channels (default), or as they are, which is quicker with large kernels. */
  readonly layout?: 'blocked' | 'plain';
  /** Told once, for each provider that could not be used, why. */
  readonly notice?: (message: string) => void;
}

/** A graph that is ready to run. */
export interface Session {
  readonly provider: ExecutionProvider;
  readonly inputs: readonly ValueMetadata[];
  readonly outputs: readonly ValueMetadata[];
  /** Runs the graph. Feeds may lie in memory that threads share; they are copied then. Tensors in `into` are filled in place of new ones. A session in a process of its own is ended by `signal`. */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    into?: Readonly<Record<string, Tensor>>,
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, Tensor>>>;
  close(): Promise<void>;
}

/**
 * Opens a session for the bytes of a model, on the first provider that works. Throws the error of the last provider when none does.
 * A model from elsewhere may name other files as "external data": whoever opens one must have looked for that first.
 */
export async function openSession(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { providers = ['cpu'], threads = 1, layout = 'blocked', notice = () => {} } = options;
  const ort = await onnxruntime();
  free(new ArrayBuffer(LARGE));
  let failure: unknown;
  for (const [index, provider] of providers.entries()) {
    try {
      const session = await ort.InferenceSession.create(model, {
        executionProviders: [provider],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        // All but the optimisations of layout.
        graphOptimizationLevel: layout === 'plain' ? 'extended' : 'all',
        logSeverityLevel: 3,
      });
      return {
        provider,
        inputs: session.inputMetadata,
        outputs: session.outputMetadata,
        run: async (feeds, into) => {
          const given = withoutSharing(feeds, ort);
          if (into === undefined) return session.run(given);
          freeCopies(await session.run(given, into), into);
          return into;
        },
        close: () => session.release(),
      };
    } catch (error) {
      failure = error;
      const next = providers[index + 1];
      if (next !== undefined)
        notice(`onnxruntime cannot use ${provider} (${firstLine(error)}); it runs on ${next} instead.`);
    }
  }
  throw failure;
}

// The C library of Linux asks the system for each large piece of memory anew, which costs a twentieth of a product, until it has seen one of
// this size freed: from then on it keeps smaller ones to use them again.
const LARGE = 2 ** 24;

/** Frees what onnxruntime returns beside filling the tensors it was given: now, not when the garbage collector comes by. */
function freeCopies(returned: Readonly<Record<string, Tensor>>, into: Readonly<Record<string, Tensor>>): void {
  for (const [name, { data }] of Object.entries(returned)) {
    const own = into[name]!.data;
    if (Array.isArray(data) || Array.isArray(own) || data.buffer === own.buffer) continue;
    free(data.buffer as ArrayBuffer);
  }
}

function free(buffer: ArrayBuffer): void {
  structuredClone(undefined, { transfer: [buffer] });
}

/** The same tensors, those in memory that threads share as copies: onnxruntime-node takes none of that. */
function withoutSharing(feeds: Readonly<Record<string, Tensor>>, { Tensor }: Onnxruntime) {
  const isShared = ({ data }: Tensor) => !Array.isArray(data) && data.buffer instanceof SharedArrayBuffer;
  if (!Object.values(feeds).some(isShared)) return feeds;
  const given = Object.entries(feeds).map(([name, tensor]) => {
    const { type, data, dims } = tensor;
    return [name, isShared(tensor) ? new Tensor(type, data.slice(), dims) : tensor] as const;
  });
  return Object.fromEntries(given);
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0]!.slice(0, 200);
}
