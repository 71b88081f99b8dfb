import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../../../tools/redisServer.ts';
import { connect, serverOf } from '../src/server.ts';

const SECRET = 'open sesame';
const refusal = (work: Promise<unknown>) =>
  work.then(
    () => '',
    (error: Error) => error.message,
  );

describe('the address of Redis', () => {
  it('takes hosts, ports, databases and TLS, and a password from the environment or a file', async () => {
    expect(
      await serverOf({ redis: 'rediss://user@db.example:7000/3' }, { REFRAIN_REDIS_PASSWORD: SECRET }),
    ).toMatchObject({
      shown: 'rediss://db.example:7000',
      options: {
        host: 'db.example',
        port: 7000,
        db: 3,
        username: 'user',
        password: SECRET,
        tls: { servername: 'db.example' },
      },
    });
    expect(await serverOf({}, { REFRAIN_REDIS_URL: 'redis://:a%20b@[::1]:7001' })).toMatchObject({
      shown: 'redis://[::1]:7001',
      options: { host: '::1', port: 7001, db: 0, password: 'a b' },
    });
    expect(await serverOf({}, {})).toMatchObject({ options: { host: '127.0.0.1', port: 6379 } });
  });

  it.each([
    `redis://:${SECRET}@127.0.0.1`,
    `redis://u:${SECRET}@127.0.0.1:x`,
    `redis://127.0.0.1?password=${SECRET}`,
    'http://127.0.0.1',
    'redis://',
    '127.0.0.1:6379',
  ])('refuses %s without quoting it', async (redis) => {
    const message = await refusal(serverOf({ redis }, {}));
    expect(message).toMatch(/^`executor.redis`/);
    expect(message).not.toContain('sesame');
  });

  it('refuses a password file that is not there', async () => {
    expect(await refusal(serverOf({ passwordFile: '/nowhere/password' }, {}))).toContain('cannot be read');
  });

  it('says in one sentence that no Redis answers', async () => {
    const server = await serverOf({ redis: 'redis://127.0.0.1:1' }, {});
    expect(await refusal(connect(server, () => {}))).toMatch(
      /^`executor.redis`: no Redis answers at redis:\/\/127\.0\.0\.1:1 \(.*ECONNREFUSED.*\)\. Start one, or name another\.$/,
    );
  });
});

describeWithRedis('a Redis with a password and too little memory', () => {
  let redis: RedisServer;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'refrain-password-'));
    redis = await startRedis(['--requirepass', SECRET, '--maxmemory-policy', 'allkeys-lru']);
  });
  afterAll(async () => {
    await redis.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([undefined, 'another'])('is not opened by the password %s', async (password) => {
    const env = password === undefined ? {} : { REFRAIN_REDIS_PASSWORD: password };
    const message = await refusal(connect(await serverOf({ redis: redis.url }, env), () => {}));
    expect(message).toBe(
      `\`executor.redis\`: Redis at ${redis.url} wants another user or password. Set REFRAIN_REDIS_PASSWORD, or give \`executor.passwordFile\`.`,
    );
  });

  it('is opened by the right one, from the environment or a file, and tells that it may throw jobs away', async () => {
    await writeFile(join(folder, 'password'), `${SECRET}\n`);
    for (const [given, env] of [
      [{}, { REFRAIN_REDIS_PASSWORD: SECRET }],
      [{ passwordFile: join(folder, 'password') }, {}],
    ] as const) {
      const notices: string[] = [];
      const client = await connect(await serverOf({ redis: redis.url, ...given }, env), (told) => notices.push(told));
      expect(await client.ping()).toBe('PONG');
      client.disconnect();
      expect(notices).toEqual([expect.stringContaining('maxmemory-policy allkeys-lru')]);
      expect(notices.join()).not.toContain(SECRET);
    }
  });
});
