import { isMainThread } from 'node:worker_threads';

const VARIABLE = 'ORT_DISABLE_TELEMETRY';

/**
 * Keeps onnxruntime from telling its maker anything: unless this variable is set when its first session opens, its builds for Linux and macOS write
 * a device id and a database into the user's cache folder and a log into the temporary one, and send them where they can. To be called
 * before the library is used. Throws an Error in a worker thread whose environment is a copy, of which the library sees nothing.
 */
export function keepTelemetryOff(): void {
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
