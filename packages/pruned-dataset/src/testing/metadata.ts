import type { FolderContent } from '../write.ts';

/** Metadata of a small folder for tests, as the pipeline would write it. */
export const METADATA: FolderContent['metadata'] = {
  original_size: 5,
  pruned_size: 3,
  reduction_percentage: 40,
  parameters: {},
  cluster_stats: {},
  noise_share: 0,
  second_clustering_from: 1,
  decisions: {},
  rule: { kind: 'constant', theta: 0.9 },
  duplicates: { sets: 0, clips: 0 },
  silent: [],
  short: [],
  settings: { seed: 1 },
  encoder_fingerprint: null,
  versions: { refrain: '0.1.0' },
  timings_s: {},
};
