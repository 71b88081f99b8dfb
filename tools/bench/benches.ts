import type { Bench } from './context.ts';
import { embedBench } from './embedBench.ts';
import { gpuBench } from './gpuBench.ts';
import { hdbscanBench } from './hdbscanBench.ts';
import { peersBench } from './peersBench.ts';
import { reductionsBench } from './reductionsBench.ts';
import { tilesBench } from './tilesBench.ts';
import { workersBench } from './workersBench.ts';

/** All benchmarks, in the order of docs/benchmarks.md. */
export const BENCHES: readonly Bench[] = [
  hdbscanBench,
  workersBench,
  peersBench,
  reductionsBench,
  tilesBench,
  gpuBench,
  embedBench,
];
