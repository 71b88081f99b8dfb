import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { messageOf, PluginError } from '@refrain/core';
import type { MainModule } from '@unimusic/chromaprint/dist/chromaprint.js';

const PACKAGE = '@unimusic/chromaprint';

/** CHROMAPRINT_ALGORITHM_TEST2, the library's default and the one AcoustID is built on. */
export const ALGORITHM = 1;

/** What is used of Chromaprint's C interface. Pointers are offsets in bytes; functions that can fail give 0 when they do. */
export interface Chromaprint {
  readonly _malloc: (bytes: number) => number;
  readonly _free: (pointer: number) => void;
  readonly _chromaprint_new: (algorithm: number) => number;
  readonly _chromaprint_free: (context: number) => void;
  readonly _chromaprint_start: (context: number, sampleRate: number, channels: number) => number;
  readonly _chromaprint_feed: (context: number, samples: number, count: number) => number;
  readonly _chromaprint_finish: (context: number) => number;
  readonly _chromaprint_get_raw_fingerprint: (context: number, items: number, count: number) => number;
  /** Views of the memory as it is now: any call into the module may replace them, so they are taken anew after each. */
  readonly HEAP16: Int16Array;
  readonly HEAP32: Int32Array;
}

/** The installed version of the package that brings Chromaprint. Throws a PluginError where it is not installed. */
export function chromaprintVersion(): string {
  try {
    return createRequire(import.meta.url)(`${PACKAGE}/package.json`).version;
  } catch (error) {
    throw notLoaded(error);
  }
}

let loading: Promise<Chromaprint> | undefined;

/** Chromaprint, one instance for the thread, loaded by the first call. Throws a PluginError that names its package where it can't be. */
export function loadChromaprint(): Promise<Chromaprint> {
  loading ??= load().catch((error) => {
    loading = undefined;
    throw notLoaded(error);
  });
  return loading;
}

async function load(): Promise<Chromaprint> {
  const { default: factory } = await import('@unimusic/chromaprint/dist/chromaprint.js');
  const wasmBinary = await readFile(createRequire(import.meta.url).resolve(`${PACKAGE}/dist/chromaprint.wasm`));
  return await asInBrowser(() => factory({ wasmBinary }));
}

/**
 * What `start` gives. The module was compiled for browsers and looks, before its first await, for a global that only they have: it is
 * there while `start` runs, and gone before anything else could see it.
 */
function asInBrowser(start: () => Promise<MainModule>): Promise<MainModule> {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'WorkerGlobalScope');
  if (before !== undefined) return start();
  Object.defineProperty(globalThis, 'WorkerGlobalScope', { configurable: true, value: Object });
  try {
    return start();
  } finally {
    Reflect.deleteProperty(globalThis, 'WorkerGlobalScope');
  }
}

function notLoaded(cause: unknown): PluginError {
  return new PluginError(
    PACKAGE,
    `The chromaprint encoder needs the package ${PACKAGE}, which can't be loaded: ${messageOf(cause)}. Install it again, ` +
      'or leave acoustic fingerprints out.',
    { cause },
  );
}
