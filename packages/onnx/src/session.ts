import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** Where a graph can run, by onnxruntime's names. */
export type ExecutionProvider = 'cuda' | 'webgpu' | 'cpu';

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
  readonly inputs: readonly InferenceSession.ValueMetadata[];
  readonly outputs: readonly InferenceSession.ValueMetadata[];
  /** Runs the graph. Tensors in `into` are filled in place in place of new ones. A session in a process of its own is ended by `signal`. */
  run(
    feeds: Readonly<Record<string, Tensor>>,
    into?: Readonly<Record<string, Tensor>>,
    signal?: AbortSignal,
  ): Promise<Readonly<Record<string, Tensor>>>;
  close(): Promise<void>;
}

/** The version of onnxruntime, which is not loaded for that. */
export function onnxruntimeVersion(): string {
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json') as { readonly version: string };
  return version;
}

/** onnxruntime itself, loaded on first use: it is a large native library. It throws what goes wrong, so it need not write it to stderr too. Nothing else may load it: this is where its telemetry is kept off. */
export async function onnxruntime(): Promise<typeof import('onnxruntime-node')> {
  keepTelemetryOff();
  const ort = await import('onnxruntime-node');
  ort.env.logLevel = 'fatal';
  return ort;
}

/**
 * Opens a session for the bytes of a model, on the first provider that works. Throws the error of the last provider when none does.
 * A model from elsewhere may name other files as "external data": whoever opens one must have looked for that first.
 */
export async function openSession(model: Uint8Array, options: SessionOptions = {}): Promise<Session> {
  const { providers = ['cpu'], threads = 1, layout = 'blocked', notice = () => {} } = options;
  const ort = await onnxruntime();
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
        run: (feeds, into) => (into === undefined ? session.run(feeds) : session.run(feeds, into)),
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

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n')[0]!.slice(0, 200);
}

const VARIABLE = 'ORT_DISABLE_TELEMETRY';

/**
 * Keeps onnxruntime from telling its maker anything: unless this variable is set when its first session opens, its builds for Linux and macOS write
 * a device id and a database into the user's cache folder and a log into the temporary one, and send them where they can. To be called
 * before the library is used. Throws an Error in a worker thread whose environment is a copy, of which the library sees nothing.
 */
function keepTelemetryOff(): void {
  process.env[VARIABLE] = '1';
  if (isMainThread || realEnvironment()[VARIABLE] === '1') return;
  throw new Error(
    `onnxruntime would send telemetry from this worker thread, whose environment is a copy: start it with \`env: SHARE_ENV\`, or set ${VARIABLE}=1 for the process.`,
  );
}

/** The environment as native code sees it. */
function realEnvironment(): Readonly<Record<string, string | undefined>> {
  const { environmentVariables } = process.report.getReport() as {
    environmentVariables: Readonly<Record<string, string | undefined>>;
  };
  return environmentVariables;
}
