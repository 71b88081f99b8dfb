import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '@refrain/audio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../../../tools/redisServer.ts';
import { writeClip } from './fixtures/clips.ts';
import { BIN, refrain } from './refrain.ts';

/** What is of the run itself: its place and times, and the clip that only one of them had. */
const OWN = ['metadata.json', 'bad.jsonl', 'pruned_dataset_path.txt'];
const SECRET = 'open sesame';
const plugin = fileURLToPath(new URL('./fixtures/mortalPlugin.mjs', import.meta.url));

describeWithRedis('refrain worker', () => {
  let folder: string;
  let redis: RedisServer;
  const workers: ChildProcess[] = [];
  const said = new Map<ChildProcess, string>();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-worker-'));
    await mkdir(join(folder, 'audio'));
    for (let i = 0; i < 60; i++) await writeClip(join(folder, 'audio', `${i}.wav`), `clip ${i % 40}`);
    const poisoned = { samples: new Float32Array(24_000), sampleRate: 8000 };
    await writeFile(join(folder, 'audio', 'poisoned.wav'), encodeWav(poisoned));
    await writeFile(join(folder, 'password'), `${SECRET}\n`);
    redis = await startRedis(['--requirepass', SECRET]);
  });
  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const place = () => [
    '--redis',
    redis.url,
    '--redis-password-file',
    join(folder, 'password'),
    '--executor.lockSeconds',
    '1',
  ];
  const startWorker = async (...more: string[]) => {
    const cache = ['--cache-dir', join(folder, 'cache'), '--map', join(folder, 'audio')];
    const args = ['worker', ...place(), ...cache, '--concurrency', '1', '--plugin', plugin, '--json', ...more];
    const worker = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    workers.push(worker);
    said.set(worker, '');
    const hear = (chunk: Buffer) => void said.set(worker, said.get(worker)! + chunk);
    worker.stderr.on('data', hear);
    worker.stdout.on('data', hear);
    await until(() => said.get(worker)!.includes('"ready"') || worker.exitCode !== null);
    return worker;
  };
  const prune = async (name: string, ...more: string[]) => {
    const dataset = ['--dataset', 'audio', '--dataset.dir', join(folder, 'audio'), '--encoder', 'mortal'];
    const shared = ['--plugin', plugin, '--max-bad', '5%', '--output', join(folder, name), '--json'];
    return refrain(['prune', ...dataset, ...shared, ...more], { cwd: folder });
  };

  it('does the jobs of a run, though one is killed, and the folder is the same as that of this machine alone', async () => {
    const [first] = await Promise.all([startWorker(), startWorker(), startWorker(), startWorker()]);
    const run = prune(
      'jobs',
      '--cache-dir',
      join(folder, 'cache'),
      '--executor',
      'bullmq',
      '--executor.attempts',
      '2',
      ...place(),
    );
    await until(() => said.get(first!)!.includes('"began"'));
    first!.kill('SIGKILL');
    const { status, stdout, stderr } = await run;
    expect(stderr + stdout).not.toContain(SECRET);
    expect(status, stderr).toBe(0);
    const bad = JSON.parse(stdout).bad as readonly { readonly id: string; readonly reason: string }[];
    expect(bad.map(({ id }) => id)).toEqual(['poisoned.wav']);
    expect(bad[0]!.reason).toContain('SIGKILL');
    // In this machine's threads the poisoned clip would end the command itself.
    await rm(join(folder, 'audio', 'poisoned.wav'));
    const alone = await prune('alone', '--cache-dir', join(folder, 'cache-2'), '--workers', '2');
    expect(alone.status, alone.stderr).toBe(0);
    const { workers: shares } = JSON.parse(await readFile(join(folder, 'jobs', 'metadata.json'), 'utf8'));
    expect(Object.keys(shares).length).toBeGreaterThanOrEqual(3);
    const names = await readdir(join(folder, 'alone'));
    expect((await readdir(join(folder, 'jobs'))).toSorted()).toEqual(names.toSorted());
    for (const name of names.filter((one) => !OWN.includes(one)))
      expect(await readFile(join(folder, 'jobs', name)), name).toEqual(await readFile(join(folder, 'alone', name)));
  });

  it('drains when it is told to end, and tells nobody the password', async () => {
    const worker = workers[1]!;
    worker.kill('SIGTERM');
    const [status] = await once(worker, 'exit');
    expect(status).toBe(0);
    const lines = said
      .get(worker)!
      .split('\n')
      .filter((line) => line.startsWith('{'));
    const events = lines.map((line) => JSON.parse(line) as { readonly event?: string; readonly command?: string });
    expect(events.at(-1)).toMatchObject({ command: 'worker', failed: expect.any(Number) });
    expect(events.map(({ event }) => event)).toEqual(
      expect.arrayContaining(['ready', 'began', 'done', 'draining', 'ended']),
    );
    expect([...said.values()].join()).not.toContain(SECRET);
  });
});

it('refrain worker says in one sentence which library is missing, and where no Redis is', async () => {
  const hook = `export async function resolve(name, context, next) {
    if (name === 'bullmq') throw new Error("Cannot find package 'bullmq'");
    return next(name, context);
  }`;
  const register = `import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));`;
  const without = ['--import', `data:text/javascript,${encodeURIComponent(register)}`];
  const worker = async (node: readonly string[]) => {
    const child = spawn(process.execPath, [...node, BIN, 'worker', '--redis', 'redis://127.0.0.1:1'], {
      stdio: 'pipe',
    });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    const [status] = await once(child, 'close');
    return { status, text };
  };
  expect(await worker(without)).toEqual({
    status: 2,
    text: "error: --executor bullmq needs the packages bullmq and ioredis, which cannot be loaded (Cannot find package 'bullmq'): install them, npm install bullmq ioredis.\n",
  });
  expect(await worker([])).toEqual({
    status: 2,
    text: expect.stringMatching(
      /^error: --redis \(executor\.redis\): no Redis answers at redis:\/\/127\.0\.0\.1:1 .*\n$/,
    ),
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 50));
}
