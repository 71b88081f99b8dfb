import type { Clusterer } from './clusterer.ts';
import type { ContentStore } from './contentStore.ts';
import type { Dataset } from './dataset.ts';
import type { Decoder } from './decoder.ts';
import type { Encoder } from './encoder.ts';
import type { Evaluator } from './evaluator.ts';
import type { Executor, Processors } from './executor.ts';
import type { Host } from './host.ts';
import type { SimilarityKernel } from './kernel.ts';
import type { Pruner } from './pruner.ts';

/** The kinds of component a plugin can offer, and the contract of each. */
export interface Services {
  decoder: Decoder;
  dataset: Dataset;
  encoder: Encoder;
  executor: Executor;
  kernel: SimilarityKernel;
  clusterer: Clusterer;
  pruner: Pruner;
  evaluator: Evaluator;
}

/** A kind of component. */
export type Kind = keyof Services;

/** All kinds, in the order of listings. */
export const KINDS = [
  'decoder',
  'dataset',
  'encoder',
  'executor',
  'kernel',
  'clusterer',
  'pruner',
  'evaluator',
] as const satisfies readonly Kind[];

/** What a component can have injected, by name: the chosen component of each kind, and what the program that runs it lends. */
export interface Injectable extends Services {
  host: Host;
  processors: Processors;
  store: ContentStore;
}

/** The names of what a program lends. */
export const LENT = ['host', 'processors', 'store'] as const satisfies readonly Exclude<keyof Injectable, Kind>[];
