import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket, connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';

const isThere = () => spawnSync('redis-server', ['--version']).status === 0;

/** A `describe` that needs redis-server. Where it is missing, one skipped test says so by its name, or fails where nothing may be missing. */
export function describeWithRedis(name: string, body: () => void): void {
  if (isThere()) describe(name, body);
  else if (process.env.REFRAIN_REQUIRE_TEST_DATA === '1')
    throw new Error(`${name}: REFRAIN_REQUIRE_TEST_DATA=1, but there is no redis-server: tools/extras.sh installs it.`);
  else describe(name, () => it.skip('skipped: no redis-server on the PATH (tools/extras.sh installs it)', () => {}));
}

/** A Redis on loopback, at a port that nobody else has, in a folder of its own, with nothing kept on the disk. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** Kills it, and starts it again at the same port, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts one, with `settings` as redis-server takes them, e.g. `['--requirepass', 'secret']`. */
export async function startRedis(settings: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-redis-'));
  const port = await freePort();
  let server = await started(folder, port, settings);
  const kill = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exit = once(server, 'exit');
    server.kill('SIGKILL');
    await exit;
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    restart: async () => {
      await kill();
      server = await started(folder, port, settings);
    },
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function started(folder: string, port: number, settings: readonly string[]): Promise<ChildProcess> {
  const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder];
  const server = spawn('redis-server', [...place, '--save', '', '--appendonly', 'no', ...settings], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    said += chunk;
    if (said.includes('Ready to accept connections')) {
      server.stdout.resume();
      return server;
    }
  }
  throw new Error(`redis-server does not start: ${said}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A way to a server that can be cut. */
export interface CuttableProxy {
  readonly url: string;
  /** Ends all connections and takes no others, until it is mended. */
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Stands between a port of loopback and whoever connects. */
export async function startProxy(port: number): Promise<CuttableProxy> {
  let isCut = false;
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    if (isCut) {
      near.destroy();
      return;
    }
    const far = tcpConnect(port, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one
        .on('error', () => {})
        .on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      one.pipe(other);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut,
    mend: () => {
      isCut = false;
    },
    close: async () => {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
