import { ConfigError, type InTurn, inTurn, messageOf } from '@refrain/core';

/** The modes of gpu.js that we run, by its names. */
export type GpuJsMode = 'webgpu' | 'headlessgl' | 'webgl2' | 'webgl' | 'webasm' | 'cpu';

/** A result that stayed on the device, or the rows of one where device and processor share memory. */
export type Handle = readonly Float32Array[] | { toArray(): unknown; delete(): void; readonly type?: string };

/** What a kernel of ours takes: numbers, results of other kernels, and matrices, by their rows. */
type KernelArgument = number | Handle;

/** A compiled function. */
interface Kernel {
  /** Computes an output of [width, height]. */
  run(output: readonly [number, number], ...given: KernelArgument[]): Promise<Handle>;
  /** Frees it early; closing gpu.js frees all. */
  destroy(): void;
}

interface KernelSettings {
  /** Whether the result stays on the device, default false. */
  readonly pipeline?: boolean;
}

/** gpu.js in one mode. */
export interface GpuJs {
  readonly mode: GpuJsMode;
  /** What it draws with, in the modes of WebGL. */
  readonly context: unknown;
  /** Compiles a kernel on its first run. `source` is text: a bundler may rewrite a function so that gpu.js no longer reads it. */
  kernel(source: string, settings?: KernelSettings): Kernel;
  /** Runs `work` when all work before it is done. Kernels have one output each, so two tiles at once would mix. */
  readonly inTurn: InTurn;
  /** Frees memory and ends threads, when all work is done. */
  close(): Promise<void>;
}

interface GpuJsKernel {
  (...given: unknown[]): unknown;
  setOutput(output: readonly number[]): unknown;
  destroy(): void;
  readonly kernel: { readonly constructor: { readonly mode: string }; readonly fallbackReason?: string | null };
}
/** The parts of gpu.js that we use, some of which its own declarations lack. */
export interface GpuJsLibrary {
  readonly GPU: {
    new (settings: {
      mode: string;
    }): {
      createKernel(source: string, settings: object): GpuJsKernel;
      readonly context: unknown;
      destroy(): Promise<void>;
    };
    readonly isHeadlessGLSupported: boolean;
    readonly isWebGL2Supported: boolean;
    readonly isWebGLSupported: boolean;
  };
  readonly WebGPUContext: {
    acquire(): Promise<{ readonly adapter: WebgpuAdapter; readonly device: WebgpuDevice }>;
    destroy(): Promise<void>;
  };
}
/** What we ask of a WebGPU adapter. `isFallbackAdapter` has changed its place in the standard. */
export interface WebgpuAdapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: Readonly<
    Partial<Record<'vendor' | 'architecture' | 'device' | 'description', string>> & { isFallbackAdapter?: boolean }
  >;
}
/** What we ask of a WebGPU device. */
interface WebgpuDevice {
  onuncapturederror: ((event: { error: { message: string } }) => void) | null;
}

/** gpu.js itself, loaded on first use. Throws a ConfigError where it is not installed: it is an optional peer. */
export async function loadGpuJs(): Promise<GpuJsLibrary> {
  try {
    return (await import('gpu.js')).default as unknown as GpuJsLibrary;
  } catch (cause) {
    const message = `It needs the package gpu.js (npm install gpu.js@2.24.1): ${messageOf(cause)}`;
    throw new ConfigError('kernel.mode', message, { cause });
  }
}

/** In which mode gpu.js can use WebGL here, if in any. */
export function webglMode({ GPU }: GpuJsLibrary): GpuJsMode | undefined {
  return silently(() => {
    if (GPU.isHeadlessGLSupported) return 'headlessgl';
    if (GPU.isWebGL2Supported) return 'webgl2';
    return GPU.isWebGLSupported ? 'webgl' : undefined;
  });
}

/**
 * Starts gpu.js in a mode. `threads` is how many `webasm` may use. A kernel rejects where gpu.js would run it in another mode than this one.
 */
export function startGpuJs({ GPU }: GpuJsLibrary, mode: GpuJsMode, threads: number): GpuJs {
  const gpu = silently(() => new GPU({ mode }));
  const queue = inTurn();
  return {
    mode,
    context: gpu.context,
    kernel: (source, settings = {}) => {
      const kernel = silently(() =>
        gpu.createKernel(source, {
          ...settings,
          output: [1, 1],
          precision: 'single',
          dynamicOutput: true,
          dynamicArguments: true,
          // Worker threads have a price of their own: none for one thread.
          ...(mode === 'webasm' && threads > 1 ? { asyncMode: true, poolSize: threads } : {}),
        }),
      );
      return {
        run: async (output, ...given) => {
          const result = silently(() => {
            kernel.setOutput(output);
            return kernel(...given);
          });
          const { constructor: ran, fallbackReason } = kernel.kernel;
          if (ran.mode !== mode) {
            throw new Error(`gpu.js ran ${ran.mode} in place of ${mode}: ${fallbackReason ?? 'no reason given'}`);
          }
          return (await result) as Handle;
        },
        destroy: () => kernel.destroy(),
      };
    },
    inTurn: queue,
    close: () => queue(() => gpu.destroy()),
  };
}

/** The rows of a matrix as an argument for kernels. (`input` of gpu.js 2.24.1 would be flat, but in mode `cpu` it is read with the width of the output.) */
export function rowsOfFlat(values: Float32Array, width: number): Float32Array[] {
  const rows: Float32Array[] = [];
  for (let at = 0; at < values.length; at += width) rows.push(values.subarray(at, at + width));
  return rows;
}

/** The rows of a result, wherever it is. */
export async function rowsOf(handle: Handle): Promise<readonly Float32Array[]> {
  return 'toArray' in handle ? ((await handle.toArray()) as readonly Float32Array[]) : handle;
}

/** Lets go of a result. Only WebGPU counts who holds one: elsewhere a kernel writes its next result to the same place. */
export function release(handle: Handle): void {
  if ('toArray' in handle && handle.type === 'WebGPUBuffer') handle.delete();
}

// gpu.js writes to the console when it changes to another mode. We ask it which one ran and say so ourselves.
function silently<T>(work: () => T): T {
  const { console } = globalThis;
  const { warn } = console;
  console.warn = () => {};
  try {
    return work();
  } finally {
    console.warn = warn;
  }
}
