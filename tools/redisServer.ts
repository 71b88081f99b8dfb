import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket, connect as tcpConnect } from 'node:net';
import { describe, it } from 'vitest';

export { type RedisServer, startRedis } from './bench/redisServer.ts';

const isThere = () => spawnSync('redis-server', ['--version']).status === 0;

/** A `describe` that needs redis-server. Where it is missing, one skipped test says so by its name, or fails where nothing may be missing. */
export function describeWithRedis(name: string, body: () => void): void {
  if (isThere()) describe(name, body);
  else if (process.env.REFRAIN_REQUIRE_TEST_DATA === '1')
    throw new Error(`${name}: REFRAIN_REQUIRE_TEST_DATA=1, but there is no redis-server: tools/extras.sh installs it.`);
  else describe(name, () => it.skip('skipped: no redis-server on the PATH (tools/extras.sh installs it)', () => {}));
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
