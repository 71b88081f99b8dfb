import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { encodeWav } from '@refrain/audio';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  type CuttableProxy,
  describeWithRedis,
  type RedisServer,
  startProxy,
  startRedis,
} from '../../../tools/redisServer.ts';
import { writeClip } from './fixtures/clips.ts';
import { BIN, refrain } from './refrain.ts';

/** What is of the run itself: its place and times, and the clip that only one of them had. */
const OWN = ['metadata.json', 'bad.jsonl', 'pruned_dataset_path.txt'];
const SECRET = 'open sesame';
const plugin = fileURLToPath(new URL('./fixtures/mortalPlugin.mjs', import.meta.url));

/** How long the connection is cut: REFRAIN_CUT_SECONDS=30 for a longer one. */
const CUT_SECONDS = Number(process.env.REFRAIN_CUT_SECONDS ?? 2);

describeWithRedis('refrain worker', () => {
  let folder: string;
  let redis: RedisServer;
  let proxy: CuttableProxy;
  const workers: ChildProcess[] = [];
  const said = new Map<ChildProcess, string>();
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-worker-'));
    await mkdir(join(folder, 'audio'));
    for (let i = 0; i < 160; i++) await writeClip(join(folder, 'audio', `${i}.wav`), `clip ${i % 120}`);
    const poisoned = { samples: new Float32Array(24_000), sampleRate: 8000 };
    await writeFile(join(folder, 'audio', 'poisoned.wav'), encodeWav(poisoned));
    // The workers see the clips under another name.
    await cp(join(folder, 'audio'), join(folder, 'mounted'), { recursive: true });
    await writeFile(join(folder, 'password'), `${SECRET}\n`);
    redis = await startRedis(['--requirepass', SECRET]);
    proxy = await startProxy(redis.port);
  });
  afterAll(async () => {
    for (const worker of workers) worker.kill('SIGKILL');
    await proxy.close();
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const place = () => [
    '--redis',
    proxy.url,
    '--redis-password-file',
    join(folder, 'password'),
    '--executor.lockSeconds',
    '1',
  ];
  const start = (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    workers.push(child);
    said.set(child, '');
    const hear = (chunk: Buffer) => void said.set(child, said.get(child)! + chunk);
    child.stderr.on('data', hear);
    child.stdout.on('data', hear);
    return child;
  };
  const startWorker = async (slowness = 1) => {
    const places = [
      '--cache-dir',
      join(folder, 'cache'),
      '--map',
      `${join(folder, 'audio')}=${join(folder, 'mounted')}`,
    ];
    const args = ['worker', ...place(), ...places, '--concurrency', '1', '--plugin', plugin, '--json'];
    const worker = start(args, { MORTAL_SLOWNESS: String(slowness) });
    await until(() => said.get(worker)!.includes('"ready"') || worker.exitCode !== null);
    return worker;
  };
  const pruning = (name: string, ...more: string[]) => {
    const dataset = ['--dataset', 'audio', '--dataset.dir', join(folder, 'audio'), '--encoder', 'mortal'];
    const shared = ['--plugin', plugin, '--max-bad', '5%', '--output', join(folder, name), '--json'];
    return ['prune', ...dataset, ...shared, '--report', 'off', ...more];
  };
  /** How many jobs the workers have done. */
  const done = () => [...said.values()].reduce((sum, text) => sum + text.split('"done"').length - 1, 0);
  const kill = async (child: ChildProcess) => {
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  };

  it('does the jobs of a run, whatever is killed, cut or started again, and the folder is that of this machine alone', async () => {
    const [first] = await Promise.all([startWorker(), startWorker(), startWorker(), startWorker(10)]);
    const queue = [
      '--cache-dir',
      join(folder, 'cache'),
      '--executor',
      'bullmq',
      '--executor.attempts',
      '2',
      ...place(),
    ];
    const killed = start(pruning('jobs', ...queue));
    await until(() => done() >= 2 || killed.exitCode !== null);
    await kill(killed);
    const again = start(pruning('jobs', ...queue));
    const isOver = () => again.exitCode !== null;
    // Its progress.
    await until(() => isOver() || said.get(again)!.includes(' clips, '));
    await kill(first!);
    await redis.restart();
    await startWorker();
    const before = done();
    await until(() => isOver() || done() > before);
    expect(isOver(), said.get(again)).toBe(false);
    proxy.cut();
    await sleep(CUT_SECONDS * 1000);
    proxy.mend();
    const status = again.exitCode ?? (await once(again, 'exit'))[0];
    expect(status, said.get(again)).toBe(0);
    const [json] = said.get(again)!.match(/^\{.*/ms)!;
    const bad = JSON.parse(json).bad as readonly { readonly id: string; readonly reason: string }[];
    expect(bad.map(({ id }) => id)).toEqual(['poisoned.wav']);
    expect(bad[0]!.reason).toContain('SIGKILL');
    // In this machine's threads the poisoned clip would end the command itself.
    await rm(join(folder, 'audio', 'poisoned.wav'));
    const alone = await refrain(pruning('alone', '--cache-dir', join(folder, 'cache-2'), '--workers', '2'), {
      cwd: folder,
    });
    expect(alone.status, alone.stderr).toBe(0);
    const { workers: shares } = JSON.parse(await readFile(join(folder, 'jobs', 'metadata.json'), 'utf8'));
    expect(Object.keys(shares).length).toBeGreaterThanOrEqual(2);
    const names = await readdir(join(folder, 'alone'));
    expect((await readdir(join(folder, 'jobs'))).toSorted()).toEqual(names.toSorted());
    for (const name of names.filter((one) => !OWN.includes(one)))
      expect(await readFile(join(folder, 'jobs', name), 'latin1'), name).toBe(
        await readFile(join(folder, 'alone', name), 'latin1'),
      );
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
