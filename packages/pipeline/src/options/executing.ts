import { type Option, shortFor } from './option.ts';

/** Who does the work. A folder records none of it: it is no matter of the result. */
export const EXECUTOR_OPTIONS: Readonly<Record<'executor' | 'redis' | 'redisPasswordFile', Option>> = {
  executor: shortFor(
    'executor',
    'execute',
    'who does the jobs of a run: local (threads of this machine) or bullmq (workers on any, by way of Redis); default local',
    { value: 'NAME', ownWordOnly: true },
  ),
  redis: shortFor(
    'executor.redis',
    'execute',
    'with bullmq: redis://HOST:PORT or, over TLS, rediss://HOST:PORT; default REFRAIN_REDIS_URL, else this machine. A password is in REFRAIN_REDIS_PASSWORD or a file, never here',
    { value: 'URL', ownWordOnly: true },
  ),
  redisPasswordFile: shortFor('executor.passwordFile', 'execute', 'with bullmq: a file that has the password alone', {
    value: 'FILE',
    isPath: true,
    ownWordOnly: true,
  }),
};
