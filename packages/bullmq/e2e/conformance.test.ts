import { testExecutor } from '@refrain/core/testing';
import { afterAll, beforeAll } from 'vitest';
import { describeWithRedis, type RedisServer, startRedis } from '../../../tools/redisServer.ts';
import { openWithWorkers } from './workers.ts';

describeWithRedis('bullmq', () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());
  testExecutor((processors) => openWithWorkers(redis.url, processors, 2));
});
