import { defineComponent, definePlugin, z } from '@refrain/core';
import { nearestCentroid } from './evaluator.js';
import { plainLoops } from './kernel.js';
import { firstCome } from './pruner.js';

/** Chosen by name with the command, by a call with the library: `prune({ pruner: firstComePruner({ theta: 0.9 }) })`. */
export const firstComePruner = defineComponent({
  name: 'first-come',
  description: 'keeps a clip unless one before it in its cluster is as similar as theta',
  options: z.object({
    theta: z.coerce.number().min(-1).max(1).default(0.95).describe('from which similarity a clip goes'),
  }),
  create: firstCome,
});

const kernel = defineComponent({
  name: 'plain-loops',
  description: 'similarities by plain loops in float32',
  options: z.object({}),
  create: plainLoops,
});

const evaluator = defineComponent({
  name: 'nearest-centroid',
  description: 'share of test clips that are nearest to the mean of the kept clips of their class',
  options: z.object({}),
  create: nearestCentroid,
});

export default definePlugin({ pruner: [firstComePruner], kernel: [kernel], evaluator: [evaluator] });
