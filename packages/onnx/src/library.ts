import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import type { Onnxruntime } from './tensor.ts';

/** onnxruntime-node where somebody has installed it, with what its install script fetches for NVIDIA's cards; else the part of it for this platform, which comes with us. */
const PACKAGES = ['onnxruntime-node', `@refrain/onnxruntime-${process.platform}-${process.arch}`] as const;

const require = createRequire(import.meta.url);

/** The version of onnxruntime, which is not loaded for that. Throws as `onnxruntime` does where there is none. */
export function onnxruntimeVersion(): string {
  const { version } = require(`${installed()}/package.json`) as { readonly version: string };
  return version;
}

/**
 * onnxruntime itself, loaded on first use: it is a large native library. It throws what goes wrong, so it need not write it to stderr too. Nothing
 * else may load it: this is where its telemetry is kept off. Throws an Error that says what to install where it is not there.
 */
export async function onnxruntime(): Promise<Onnxruntime> {
  keepTelemetryOff();
  loaded ??= load();
  return loaded;
}

// Looking for its package takes as long as a small graph, and it is asked for with every tensor.
let loaded: Onnxruntime | undefined;

function load(): Onnxruntime {
  const ort = require(installed()) as Onnxruntime;
  ort.env.logLevel = 'fatal';
  return ort;
}

/** Which of the packages is there. */
function installed(): string {
  const found = PACKAGES.find((name) => isThere(`${name}/package.json`));
  if (found !== undefined) return found;
  const [whole, part] = PACKAGES;
  throw new Error(
    `onnxruntime is not installed: its package for this platform, ${part}, is an optional dependency of @refrain/onnx. Install it (npm install ${part}) or, where there is none, ${whole}.`,
  );
}

function isThere(path: string): boolean {
  try {
    require.resolve(path);
    return true;
  } catch {
    return false;
  }
}

const VARIABLE = 'ORT_DISABLE_TELEMETRY';

/** Whether native code has been seen to have it, in this thread. */
let isKeptOff = false;

/**
 * Keeps onnxruntime from telling its maker anything: unless this variable is set when its first session opens, its builds for Linux and macOS write
 * a device id and a database into the user's cache folder and a log into the temporary one, and send them where they can. To be called
 * before the library is used. Throws an Error in a worker thread whose environment is a copy, of which the library sees nothing.
 */
function keepTelemetryOff(): void {
  process.env[VARIABLE] = '1';
  // Looking takes some milliseconds, as long as a window of an encoder, and the library is asked for with each of them.
  isKeptOff ||= isMainThread || realEnvironment()[VARIABLE] === '1';
  if (isKeptOff) return;
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
