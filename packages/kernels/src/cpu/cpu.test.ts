import { quietHost } from '@refrain/core';
import { testKernel } from '@refrain/core/testing';
import { describe } from 'vitest';
import { CpuKernel } from './cpu.ts';

describe('in the calling thread', () => {
  testKernel(() => new CpuKernel());
});

describe('on worker threads', () => {
  // One kernel for all tests, so that its threads start once.
  const kernel = new CpuKernel({ threadsFrom: 1 }, quietHost({ workers: 2 }));
  testKernel(() => kernel);
});
