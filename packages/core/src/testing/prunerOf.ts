import type { z } from '#zod';
import type { CallableComponent, OptionsSchema } from '../component.ts';
import { quietHost } from '../host.ts';
import type { SimilarityKernel } from '../kernel.ts';
import { parseOptions } from '../options.ts';
import type { Pruner } from '../pruner.ts';
import { plainKernel } from './plainKernel.ts';

/** A function that makes the pruner of a component, its options checked as the pipeline checks them. */
export function prunerOf<Schema extends OptionsSchema>(
  component: CallableComponent<Pruner, Schema, readonly ['kernel', 'host']>,
) {
  return (options: z.input<Schema>, kernel: SimilarityKernel = plainKernel(), host = quietHost()): Pruner =>
    component.create(parseOptions(component.options, options, 'pruner'), kernel, host) as Pruner;
}
