import { readFile } from 'node:fs/promises';
import { ConfigError, messageOf } from '@refrain/core';
import { Redis } from 'ioredis';

/** What opens a connection: as ioredis takes it, and BullMQ for the connections of its own. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: { readonly servername: string };
  readonly connectTimeout: number;
  readonly keepAlive: number;
  readonly maxRetriesPerRequest: null;
  readonly retryStrategy: (times: number) => number;
}

/** Where Redis is, and what opens it. */
export interface Server {
  readonly options: Connection;
  /** Its address without user and password, for messages. */
  readonly shown: string;
}

const OLDEST = 6;
const CONNECT_MS = 5000;

/**
 * The server that the options name, or else REFRAIN_REDIS_URL. Its password is only in that, in REFRAIN_REDIS_PASSWORD or in a file: throws a
 * ConfigError, which does not quote it, where it stands in the option, which everybody on the machine can read.
 */
export async function serverOf(
  { redis, passwordFile }: { readonly redis?: string | undefined; readonly passwordFile?: string | undefined },
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Server> {
  const url = parsed(redis ?? env.REFRAIN_REDIS_URL ?? 'redis://127.0.0.1:6379');
  if (redis !== undefined && url.password !== '')
    throw new ConfigError(
      'executor.redis',
      '`executor.redis` has a password in it, which other users of this machine can read: leave it out, and set REFRAIN_REDIS_PASSWORD or give `executor.passwordFile`.',
    );
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 6379 : Number(url.port);
  const password =
    passwordFile === undefined
      ? env.REFRAIN_REDIS_PASSWORD || decodeURIComponent(url.password)
      : await passwordIn(passwordFile);
  return {
    shown: `${url.protocol}//${url.hostname}:${port}`,
    options: {
      host,
      port,
      db: Number(url.pathname.slice(1)),
      ...(url.username !== '' && { username: decodeURIComponent(url.username) }),
      ...(password !== '' && { password }),
      ...(url.protocol === 'rediss:' && { tls: { servername: host } }),
      connectTimeout: CONNECT_MS,
      keepAlive: 5000,
      // What was asked while the connection was cut is asked again.
      maxRetriesPerRequest: null,
      retryStrategy: (times) => Math.min(100 * times, 1000),
    },
  };
}

function parsed(text: string): URL {
  const refuse = () =>
    new ConfigError(
      'executor.redis',
      '`executor.redis`: expected redis://HOST:PORT or, over TLS, rediss://HOST:PORT, with /N behind it for a database other than 0.',
    );
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw refuse();
  }
  const { protocol, hostname, pathname, search, hash } = url;
  if (!['redis:', 'rediss:'].includes(protocol) || hostname === '' || !/^(\/\d{0,4})?$/.test(pathname) || search + hash)
    throw refuse();
  return url;
}

async function passwordIn(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    throw new ConfigError(
      'executor.passwordFile',
      `\`executor.passwordFile\`: the file cannot be read (${messageOf(cause)}).`,
      { cause },
    );
  }
}

/**
 * A connection that comes back by itself once it was there. Throws a ConfigError, one sentence, where there is no Redis, it asks for another
 * password, or it is too old; tells by `notice` where it may throw jobs away.
 */
export async function connect({ options, shown }: Server, notice: (message: string) => void): Promise<Redis> {
  let wasThere = false;
  const retryStrategy = (times: number) => (wasThere ? options.retryStrategy(times) : null);
  const redis = new Redis({ ...options, retryStrategy, lazyConnect: true });
  let failure: unknown;
  redis.on('error', (error) => {
    failure = error;
  });
  const refuse = (why: string, cause?: unknown) => {
    redis.disconnect();
    return new ConfigError('executor.redis', `\`executor.redis\`: ${why}`, { cause });
  };
  let info: string;
  try {
    await redis.connect();
    info = await redis.info();
    wasThere = true;
  } catch (cause) {
    const text = `${messageOf(failure)} ${messageOf(cause)}`;
    if (/NOAUTH|WRONGPASS|invalid.*password|AUTH/i.test(text))
      throw refuse(
        `Redis at ${shown} wants another user or password. Set REFRAIN_REDIS_PASSWORD, or give \`executor.passwordFile\`.`,
      );
    throw refuse(`no Redis answers at ${shown} (${messageOf(failure ?? cause)}). Start one, or name another.`, cause);
  }
  const field = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  const version = field('redis_version');
  if (Number(version.split('.')[0]) < OLDEST)
    throw refuse(`Redis at ${shown} has version ${version}; expected ${OLDEST} or later.`);
  const policy = field('maxmemory_policy');
  if (!['', 'noeviction'].includes(policy))
    notice(
      `Redis at ${shown} throws keys away when its memory is full (maxmemory-policy ${policy}); jobs lost so are done again. Set it to noeviction.`,
    );
  return redis;
}
