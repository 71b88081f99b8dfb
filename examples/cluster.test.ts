import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';

const FOLDER = fileURLToPath(new URL('./cluster', import.meta.url));
const fileOf = (name: string) => readFile(join(FOLDER, name), 'utf8');
const bash = (parameters: readonly string[], env = process.env) => promisify(execFile)('bash', parameters, { env });

it('recipes for workers are of at most 40 lines each, and its scripts are bash', async () => {
  const names = await readdir(FOLDER);
  expect(names.sort()).toEqual(['Containerfile', 'kubernetes.yaml', 'over-ssh.sh', 'worker.sbatch']);
  for (const name of names) expect((await fileOf(name)).trimEnd().split('\n').length).toBeLessThanOrEqual(40);
  for (const script of ['over-ssh.sh', 'worker.sbatch']) await bash(['-n', join(FOLDER, script)]);
});

it('kubernetes.yaml has workers that are not root, may end their jobs, and find the password in a file', async () => {
  const [deployment, ...others] = parseAllDocuments(await fileOf('kubernetes.yaml'), { strict: true });
  expect([others, deployment!.errors, deployment!.warnings]).toEqual([[], [], []]);
  const { kind, spec } = deployment!.toJS();
  const { containers, volumes, securityContext, terminationGracePeriodSeconds } = spec.template.spec;
  const [{ args, volumeMounts }] = containers;
  expect(kind).toBe('Deployment');
  expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
  expect(securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
  expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(60);
  expect(args.every((word: unknown) => typeof word === 'string')).toBe(true);
  expect(volumes.map(({ name }: { name: string }) => name).sort()).toEqual(
    volumeMounts.map(({ name }: { name: string }) => name).sort(),
  );
  const secret = volumeMounts.find(({ name }: { name: string }) => name === 'redis');
  expect(args).toContain(`--redis-password-file=${secret.mountPath}/password`);
  expect(args.join(' ')).not.toContain('@');
});

it('Containerfile takes node’s slim image, runs no install script, and nothing as root', async () => {
  const lines = (await fileOf('Containerfile')).split('\n').filter((line) => /^[A-Z]/.test(line));
  expect(lines[0]).toMatch(/^FROM node:\d+-slim$/);
  expect(lines.filter((line) => line.startsWith('RUN'))).toEqual([expect.stringContaining('--ignore-scripts')]);
  expect(lines.filter((line) => line.startsWith('USER'))).toEqual(['USER 1000:1000']);
  expect(lines.findIndex((line) => line.startsWith('USER'))).toBeGreaterThan(
    lines.findIndex((l) => l.startsWith('RUN')),
  );
  expect(lines.at(-1)).toBe('ENTRYPOINT ["refrain", "worker"]');
});

it('the recipes give the command options that it has', async () => {
  const known = await readFile(join(FOLDER, '..', '..', 'docs', 'options.md'), 'utf8');
  for (const recipe of ['over-ssh.sh', 'worker.sbatch', 'kubernetes.yaml']) {
    const text = (await fileOf(recipe)).split('\n').filter((line) => !/^\s*#/.test(line));
    const given = text.join('\n').match(/(?<=\s)--[a-z][a-z-]*/g) ?? [];
    expect([...new Set(given)].sort()).toEqual([
      '--cache-dir',
      '--concurrency',
      '--map',
      '--redis',
      '--redis-password-file',
    ]);
    for (const option of given) expect(known).toContain(`\`${option} `);
  }
});

/** Stands for the network: gives the words to a shell, as sshd does, in a folder for each host. The host "down" cannot be reached. */
const SSH = `#!/bin/bash
host="$1"; shift
[ "$host" != down ] || exit 255
mkdir -p "$HOSTS/$host" && cd "$HOSTS/$host" && HOME="$PWD" sh -c "$*"
`;

/** Stands for the command: says what it was given, and ends when it is asked to. */
const REFRAIN = `#!/bin/bash
trap 'echo ended; exit 0' TERM
printf '%s\\n' "$@" ready
while :; do sleep 0.05; done
`;

it('over-ssh.sh starts a worker on each host of a list, names those that fail, and has them end by themselves', async () => {
  const work = await mkdtemp(join(tmpdir(), 'refrain-ssh-'));
  const [bin, hosts] = [join(work, 'bin'), join(work, 'hosts')];
  const script = (action: string, ...more: string[]) =>
    bash([join(FOLDER, 'over-ssh.sh'), action, join(work, 'list'), ...more], {
      ...process.env,
      PATH: `${bin}:${process.env.PATH}`,
      HOSTS: hosts,
    });
  const log = (host: string) => readFile(join(hosts, host, 'refrain-worker.log'), 'utf8');
  try {
    await mkdir(bin);
    await writeFile(join(bin, 'ssh'), SSH, { mode: 0o755 });
    await writeFile(join(bin, 'refrain'), REFRAIN, { mode: 0o755 });
    await writeFile(join(work, 'list'), 'a\ndown\n\nb\n');
    const cache = "/shared/it's a cache";
    await expect(script('start', 'redis://queue:6379', cache, '/data=/mnt/data')).rejects.toMatchObject({
      code: 1,
      stderr: 'down: failed\n',
    });
    for (const host of ['a', 'b']) {
      await vi.waitFor(async () => expect(await log(host)).toMatch(/ready\n$/), 5000);
      const password = join(hosts, host, '.config/refrain/redis-password');
      expect((await log(host)).replace(/(?<=concurrency\n)\d+/, 'cores').split('\n')).toEqual([
        ...['worker', '--redis', 'redis://queue:6379', '--redis-password-file', password, '--concurrency', 'cores'],
        ...['--cache-dir', cache, '--map', '/data=/mnt/data', 'ready', ''],
      ]);
    }
    await expect(script('stop')).rejects.toMatchObject({ code: 1, stderr: 'down: failed\n' });
    for (const host of ['a', 'b']) await vi.waitFor(async () => expect(await log(host)).toMatch(/ended\n$/), 5000);
    await expect(script('begin')).rejects.toMatchObject({ code: 2 });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
});
