import { testExecutor } from '@refrain/core/testing';
import { describe } from 'vitest';
import { LocalExecutor } from './local.ts';

describe('local', () => {
  testExecutor(async (processors) => ({
    executor: new LocalExecutor({ attempts: 3 }, processors, { workers: 3 }),
    close: async () => {},
  }));
});
