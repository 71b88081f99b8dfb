import { testExecutor } from '@refrain/core/testing';
import { describe } from 'vitest';
import { createExecutor } from './index.js';

describe('my-executor', () =>
  testExecutor(async (processors) => ({
    executor: createExecutor({ attempts: 3 }, processors),
    close: async () => {},
  })));
