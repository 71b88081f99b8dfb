import { definePlugin } from '@refrain/core';
import { cpu } from './cpu/cpu.ts';
import { distributed } from './distributed/distributed.ts';
import { gpu } from './gpu/gpu.ts';
import { reference } from './reference.ts';

export { CpuKernel, cpu, cpuOptions } from './cpu/cpu.ts';
export { DistributedKernel, distributed } from './distributed/distributed.ts';
export type { Sharing } from './distributed/sharedPasses.ts';
export { similarities } from './distributed/similarities.ts';
export { GpuKernel, type GpuMode, type GpuOptions, gpu } from './gpu/gpu.ts';
export { measureCosines } from './measureCosines.ts';
export { ReferenceKernel, reference } from './reference.ts';

export default definePlugin({ kernel: [cpu, gpu, distributed, reference] });
