import { basicPitchBench } from './basicPitchBench.ts';
import type { Bench } from './context.ts';
import { defaultPathBench } from './defaultPathBench.ts';
import { distributedBench } from './distributedBench.ts';
import { embedBench } from './embedBench.ts';
import { evidenceBench } from './evidenceBench.ts';
import { executorsBench } from './executorsBench.ts';
import { gpuBench } from './gpuBench.ts';
import { hdbscanBench } from './hdbscanBench.ts';
import { memoryBench } from './memoryBench.ts';
import { mfccBench } from './mfccBench.ts';
import { pageBench } from './pageBench.ts';
import { partitionsBench } from './partitionsBench.ts';
import { peersBench } from './peersBench.ts';
import { probeBench } from './probeBench.ts';
import { pruningBench } from './pruningBench.ts';
import { reductionsBench } from './reductionsBench.ts';
import { retrievalBench } from './retrievalBench.ts';
import { scaleBench } from './scaleBench.ts';
import { spaceBench } from './spaceBench.ts';
import { strategiesBench } from './strategiesBench.ts';
import { wholeRunBench } from './wholeRunBench.ts';
import { workersBench } from './workersBench.ts';

/** All benchmarks, in the order of docs/benchmarks.md. */
export const BENCHES: readonly Bench[] = [
  hdbscanBench,
  workersBench,
  distributedBench,
  peersBench,
  reductionsBench,
  pruningBench,
  probeBench,
  gpuBench,
  embedBench,
  mfccBench,
  defaultPathBench,
  basicPitchBench,
  spaceBench,
  memoryBench,
  retrievalBench,
  strategiesBench,
  pageBench,
  evidenceBench,
  executorsBench,
  scaleBench,
  partitionsBench,
  wholeRunBench,
];
