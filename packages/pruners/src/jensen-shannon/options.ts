import { numberOption, z } from '@refrain/core';

/** The options of `jensen-shannon`. */
export const jensenShannonOptions = z.object({
  t: numberOption((schema) => schema.min(0).max(1))
    .default(0.5)
    .describe('how much redundancy to remove, from 0 (keep everything) to 1 (one clip per redundancy group)'),
  theta: z
    .enum(['s-norm', 'reliability', 'fdr', 'tracks'])
    .default('s-norm')
    .describe(
      'from which similarity two clips are redundant: nearly as alike as each is to itself and as no strangers are (s-norm), as alike as each is to itself, above what chance gives, or as clips of one track are',
    ),
  kappa: numberOption((schema) => schema.positive().max(2))
    .optional()
    .describe(
      'how much of its likeness to itself a clip must reach with another, 0.8 where not given; with theta=reliability 0.98',
    ),
  threshold: numberOption((schema) => schema.min(-1).max(1))
    .optional()
    .describe('cosine from which two clips are redundant; overrides theta'),
  scope: z
    .enum(['set', 'cluster'])
    .default('set')
    .describe('where clips may stand for each other: in the whole set, or only inside a cluster'),
  noise: z
    .enum(['prune', 'keep'])
    .default('prune')
    .describe('treat clips outside all clusters as one more cluster, or keep them all'),
});

/** Options with their defaults filled in. */
export type CheckedOptions = z.output<typeof jensenShannonOptions>;

/** What `new JensenShannonPruner` takes: every option may be left out. */
export type JensenShannonOptions = Partial<CheckedOptions>;
