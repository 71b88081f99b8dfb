import type { SmallCorpus } from './corpus.ts';

/** Where a command reads and writes. */
export interface Places {
  readonly corpus: SmallCorpus;
  /** A folder that `prune` wrote of all clips, and one of a part of them. */
  readonly pruned: string;
  readonly earlier: string;
  readonly output: string;
  readonly cache: string;
}

/** A command that is killed. */
export interface KilledCommand {
  readonly name: string;
  args(places: Places): readonly string[];
  /** Which folders it reads. */
  readonly needs?: readonly ('pruned' | 'earlier')[];
  /** Whether the output is a copy of `pruned` before it begins: it writes into that. */
  readonly intoFolder?: boolean;
  /** Exit statuses of a run that did all its work; default 0. */
  readonly statuses?: readonly number[];
}

const caching = ({ cache }: Places) => ['--cache-dir', cache, '--workers', '2', '--quiet'];
const source = (places: Places) => [
  '--dataset',
  'manifest',
  '--dataset-dir',
  places.corpus.manifest,
  ...caching(places),
];
const probe = ['--draws', '2', '--finetuner-max-epochs', '3'];
const clusters = ['--min-cluster-size', '2'];
// Its page says how long a command took, which is another time in each.
const pageless = ['--report', 'off'];

/** Every command that writes, each way it writes in, and `verify`, which does not. */
export const COMMANDS: readonly KilledCommand[] = [
  { name: 'embed', args: (at) => ['embed', ...source(at), '--output', at.output] },
  {
    name: 'prune',
    args: (at) => ['prune', ...source(at), ...clusters, '--fingerprints', 'on', ...pageless, '--output', at.output],
  },
  {
    name: 'run',
    args: (at) => [
      'run',
      ...source(at),
      ...clusters,
      ...probe,
      '--coverage-draws',
      '2',
      ...pageless,
      '--output',
      at.output,
    ],
  },
  {
    name: 'compare',
    args: (at) => [
      'compare',
      ...source(at),
      ...clusters,
      ...probe,
      '--keep',
      '75%',
      ...pageless,
      '--output',
      at.output,
    ],
  },
  { name: 'baseline', args: (at) => ['baseline', ...source(at), ...probe, '--output', at.output] },
  { name: 'leaks', args: (at) => ['leaks', ...source(at), ...pageless, '--output', at.output], statuses: [0, 1] },
  {
    name: 'reuse',
    needs: ['pruned'],
    args: (at) => ['prune', '--reuse', at.pruned, '--t', '0.9', ...caching(at), ...pageless, '--output', at.output],
  },
  {
    name: 'base',
    needs: ['earlier'],
    args: (at) => ['prune', '--base', at.earlier, ...source(at), ...pageless, '--output', at.output],
  },
  {
    name: 'own',
    needs: ['pruned'],
    args: (at) => [
      'prune',
      '--embeddings',
      `${at.pruned}/embeddings.npy`,
      ...clusters,
      ...caching(at),
      ...pageless,
      '--output',
      at.output,
    ],
  },
  // What it writes is a file.
  { name: 'duplicates', args: (at) => ['duplicates', ...source(at), '--output', at.output], statuses: [0, 1] },
  {
    name: 'evaluate',
    args: (at) => ['evaluate', at.output, ...source(at), ...probe],
    needs: ['pruned'],
    intoFolder: true,
  },
  { name: 'export', needs: ['pruned'], args: (at) => ['export', at.pruned, ...caching(at), '--output', at.output] },
  {
    name: 'copies',
    needs: ['pruned'],
    args: (at) => ['export', at.pruned, '--form', 'copies', ...caching(at), '--output', at.output],
  },
  { name: 'verify', needs: ['pruned'], args: (at) => ['verify', at.pruned] },
];
