import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Gives a run of the tests a temporary folder of its own for all that they write, which goes when the run ends. The run fails where
 * onnxruntime's telemetry has written into it, from a test or from what a test started.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  // Every project of the configuration asks for it.
  if (process.env.REFRAIN_TEST_FOLDER !== undefined) return async () => {};
  const folder = await mkdtemp(join(tmpdir(), 'refrain-tests-'));
  process.env.REFRAIN_TEST_FOLDER = folder;
  // The names that Linux, macOS and Windows have for it.
  for (const name of ['TMPDIR', 'TMP', 'TEMP']) process.env[name] = folder;
  return async () => {
    const telemetry = (await readdir(folder)).filter((name) => name === '.ses' || name.startsWith('mat-debug-'));
    await rm(folder, { recursive: true, force: true });
    if (telemetry.length > 0)
      throw new Error(`onnxruntime's telemetry was on in a test: it left ${telemetry.join(', ')}.`);
  };
}
