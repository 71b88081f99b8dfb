import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const FROM_SOURCE = new URL('../../core/src/workers/fromSource.mjs', import.meta.url).href;
const PACKAGE = new URL('./index.ts', import.meta.url).href;

const OPENS_A_SESSION = `
  const { modelBytes, openSession } = await import('${PACKAGE}');
  const value = (name) => ({ name, type: 'float32', shape: [1] });
  const node = { op: 'Identity', inputs: ['x'], outputs: ['y'] };
  const model = modelBytes({ inputs: [value('x')], outputs: [value('y')], nodes: [node] });
  const { getReport } = process.report;
  let looks = 0;
  process.report.getReport = () => {
    looks++;
    return getReport.call(process.report);
  };
  for (let session = 0; session < 3; session++) await (await openSession(model)).close();
  // What native code sees, as getenv has it.
  console.log('opened', getReport.call(process.report).environmentVariables.ORT_DISABLE_TELEMETRY, 'looks', looks);
`;
const inWorker = (options: string) => `
  const { SHARE_ENV, Worker } = await import('node:worker_threads');
  const url = new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(OPENS_A_SESSION)}));
  new Worker(url, { execArgv: ['--import', '${FROM_SOURCE}'], ${options} });
`;

describe('onnxruntime', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-telemetry-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  /** Runs a program whose user's and temporary folder is the empty one; XDG_CACHE_HOME would lead elsewhere. */
  const run = (program: string) => {
    const { XDG_CACHE_HOME: _cache, ORT_DISABLE_TELEMETRY: _off, ...others } = process.env;
    const env = { ...others, HOME: folder, TMPDIR: folder };
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', FROM_SOURCE, '--input-type=module', '-e', program],
      { env, encoding: 'utf8' },
    );
    return { stdout: stdout.trim(), stderr };
  };
  // tsx keeps what it compiled.
  const leftBehind = async () => (await readdir(folder)).filter((name) => !name.startsWith('tsx-'));

  it('leaves nothing behind when its telemetry is off', async () => {
    expect(run(OPENS_A_SESSION).stdout).toBe('opened 1 looks 0');
    expect(await leftBehind()).toEqual([]);
  });

  it('leaves nothing behind from a thread that shares the environment, where nothing else has opened a session; it looks once', async () => {
    expect(run(inWorker('env: SHARE_ENV')).stdout).toBe('opened 1 looks 1');
    expect(await leftBehind()).toEqual([]);
  });

  it('is refused in a thread that sets only its copy of the environment', async () => {
    const { stdout, stderr } = run(inWorker(''));
    expect(stdout).toBe('');
    expect(stderr).toMatch(/would send telemetry from this worker thread.*SHARE_ENV/);
    expect(await leftBehind()).toEqual([]);
  });
});
