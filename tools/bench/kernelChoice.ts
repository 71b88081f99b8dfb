import { type Host, quietHost, type SimilarityKernel } from '@refrain/core';
import type { Facts, KernelChoice } from './job.ts';

/** A kernel and the host it was given. */
export interface OpenedKernel {
  readonly kernel: SimilarityKernel;
  readonly host: Host;
  /** Which mode really runs, where the kernel has modes, and what it told its host. Complete only after it has worked. */
  facts(): Facts;
}

type KernelClass = new (options?: Readonly<Record<string, unknown>>, host?: Host) => SimilarityKernel;

const CLASSES = { cpu: 'CpuKernel', gpu: 'GpuKernel' } as const;

/** Imports the kernel's package; what it gives makes the kernel, so that its start can be measured apart. Throws when there is no such kernel. */
export async function importKernel(choice: KernelChoice): Promise<() => OpenedKernel> {
  const { name, options = {}, workers = 1, isKilled = false } = choice;
  if (name === 'distributed') {
    const { importDistributed } = await import('./distributedKernel.ts');
    const open = await importDistributed(isKilled);
    return () => {
      const host = quietHost({ workers });
      const { kernel, killed } = open(host);
      return { kernel, host, facts: () => ({ killed: killed() }) };
    };
  }
  const kernels: Readonly<Record<string, unknown>> = await import('@refrain/kernels');
  const Kernel = kernels[CLASSES[name]] as KernelClass | undefined;
  if (Kernel === undefined) throw new Error(`@refrain/kernels has no ${CLASSES[name]} yet: leave this benchmark out.`);
  return () => {
    const notices: string[] = [];
    const host = quietHost({ workers, notice: (message) => void notices.push(message) });
    const kernel = new Kernel(options, host);
    return { kernel, host, facts: () => ({ mode: modeOf(kernel), notices: notices.join(' ') }) };
  };
}

function modeOf(kernel: SimilarityKernel): string {
  return 'mode' in kernel && typeof kernel.mode === 'string' ? kernel.mode : '';
}
