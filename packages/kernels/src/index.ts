import { definePlugin } from '@refrain/core';
import { cpu } from './cpu/cpu.ts';
import { reference } from './reference.ts';

export { CpuKernel, cpu, cpuOptions } from './cpu/cpu.ts';
export { ReferenceKernel, reference } from './reference.ts';
export { FLOAT32_ROUNDOFF, type InnerProducts, type TileSize } from './tiles.ts';
export { type ReductionOptions, withReductions } from './withReductions.ts';

export default definePlugin({ kernel: [cpu, reference] });
