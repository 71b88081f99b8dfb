import type { ServiceIdentifier } from 'inversify';
import type { Clusterer } from './clusterer.ts';
import type { Component } from './component.ts';
import type { Dataset } from './dataset.ts';
import type { Decoder } from './decoder.ts';
import type { Encoder } from './encoder.ts';
import type { Evaluator } from './evaluator.ts';
import type { Host } from './host.ts';
import type { SimilarityKernel } from './kernel.ts';
import type { Pruner } from './pruner.ts';

/** The kinds of component a plugin can offer, and the contract of each. */
export interface Services {
  decoder: Decoder;
  dataset: Dataset;
  encoder: Encoder;
  kernel: SimilarityKernel;
  clusterer: Clusterer;
  pruner: Pruner;
  evaluator: Evaluator;
}

export type Kind = keyof Services;

export const KINDS = [
  'decoder',
  'dataset',
  'encoder',
  'kernel',
  'clusterer',
  'pruner',
  'evaluator',
] as const satisfies readonly Kind[];

/** The major version of the contracts. It is part of every identifier, so a plugin built for another one registers nothing here. */
export const CONTRACT_VERSION = 1;

// Symbol.for, not Symbol: a plugin may come with its own copy of this package.
const identifier = (role: string, name: string) => Symbol.for(`@refrain/${CONTRACT_VERSION}/${role}/${name}`);
const identifiers = <T>(role: string) => Object.fromEntries(KINDS.map((kind) => [kind, identifier(role, kind)])) as T;

/** What a component can have injected: the chosen component of each kind, and the host. */
export const Service: { readonly [K in Kind]: ServiceIdentifier<Services[K]> } & {
  readonly host: ServiceIdentifier<Host>;
} = {
  ...identifiers<{ readonly [K in Kind]: ServiceIdentifier<Services[K]> }>('service'),
  host: identifier('service', 'host'),
};

/** Under which identifier the descriptions of each kind are bound, one binding per component. */
export const Catalogue: { readonly [K in Kind]: ServiceIdentifier<Component<Services[K]>> } = identifiers('catalogue');
