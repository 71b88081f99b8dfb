import { ConfigError, defineComponent, type Executor, messageOf, numberOption, z } from '@refrain/core';

const bullmqOptions = z.object({
  redis: z
    .string()
    .optional()
    .describe('where Redis is, redis://HOST:PORT or, over TLS, rediss://HOST:PORT; never with a password'),
  passwordFile: z.string().optional().describe('a file that has the password of Redis alone'),
  attempts: numberOption((n) => n.int().min(1).max(100))
    .default(3)
    .describe('how often a job is begun before its failure is its result'),
  lockSeconds: numberOption((n) => n.min(1).max(3600))
    .default(10)
    .describe('a worker or run of which nothing is heard for so many seconds is taken for lost'),
});

/** The executor `bullmq`. Its libraries are loaded when it is made. */
export const bullmq = defineComponent({
  name: 'bullmq',
  description: 'workers on this or other machines, by way of Redis (BullMQ)',
  options: bullmqOptions,
  inject: ['processors', 'host'],
  create: async (options, processors, { notice }): Promise<Executor> => {
    const { BullmqExecutor } = await import('./bullmqExecutor.ts').catch((cause: unknown) => {
      throw new ConfigError(
        'executor',
        `\`executor\` bullmq needs the packages bullmq and ioredis, which cannot be loaded (${messageOf(cause).split('\n')[0]}): install them, npm install bullmq ioredis.`,
        { cause },
      );
    });
    return BullmqExecutor.open(options, processors, notice);
  },
});
