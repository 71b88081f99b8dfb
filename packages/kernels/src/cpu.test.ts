import { testKernel } from '@refrain/core/testing';
import { CpuKernel } from './cpu.ts';

testKernel(() => new CpuKernel());
