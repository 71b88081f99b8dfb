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
  /** Whether it writes nothing. */
  readonly readsOnly?: boolean;
  /** Whether it reads audio, which may be taken away. */
  readonly hears?: boolean;
  /** Whether the output is a copy of `pruned` before it begins: it writes into that. */
  readonly intoFolder?: boolean;
  /** Exit statuses of a run that did all its work; default 0. */
  readonly statuses?: readonly number[];
}

const caching = ({ cache }: Places) => ['--cache-dir', cache, '--workers', '1', '--quiet'];
const source = (places: Places) => [
  '--dataset',
  'manifest',
  '--dataset-dir',
  places.corpus.manifest,
  // The quickest.
  '--encoder',
  'mfcc',
  ...caching(places),
];
const probe = ['--draws', '2', '--finetuner-max-epochs', '3'];
const clusters = ['--min-cluster-size', '2'];
// The map of a page takes long: one command draws it, and one without anything else to do.
const pageless = ['--report', 'off'];

/** Every command that writes, each way it writes in, and `verify`, which does not. */
export const COMMANDS: readonly KilledCommand[] = [
  { name: 'embed', hears: true, args: (at) => ['embed', ...source(at), '--workers', '2', '--output', at.output] },
  {
    name: 'prune',
    hears: true,
    args: (at) => ['prune', ...source(at), ...clusters, '--fingerprints', 'on', ...pageless, '--output', at.output],
  },
  {
    name: 'run',
    hears: true,
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
    hears: true,
    args: (at) => ['compare', ...source(at), ...clusters, ...probe, '--keep', '75%', '--output', at.output],
  },
  { name: 'baseline', hears: true, args: (at) => ['baseline', ...source(at), ...probe, '--output', at.output] },
  { name: 'leaks', hears: true, args: (at) => ['leaks', ...source(at), '--output', at.output], statuses: [0, 1] },
  {
    name: 'page',
    hears: true,
    args: (at) => ['prune', ...source(at), ...clusters, '--keep', '60%', '--output', at.output],
  },
  {
    name: 'report',
    args: (at) => ['report', at.output, ...caching(at)],
    needs: ['pruned'],
    intoFolder: true,
  },
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
  {
    name: 'duplicates',
    hears: true,
    args: (at) => ['duplicates', ...source(at), '--output', at.output],
    statuses: [0, 1],
  },
  {
    name: 'evaluate',
    hears: true,
    args: (at) => ['evaluate', at.output, ...source(at), ...probe],
    needs: ['pruned'],
    intoFolder: true,
  },
  { name: 'export', needs: ['pruned'], args: (at) => ['export', at.pruned, ...caching(at), '--output', at.output] },
  {
    name: 'copies',
    hears: true,
    needs: ['pruned'],
    args: (at) => ['export', at.pruned, '--form', 'copies', ...caching(at), '--output', at.output],
  },
  {
    name: 'native',
    needs: ['pruned'],
    args: (at) => ['export', at.pruned, '--form', 'native', ...caching(at), '--output', at.output],
  },
  {
    name: 'links',
    needs: ['pruned'],
    args: (at) => ['export', at.pruned, '--form', 'links', ...caching(at), '--output', at.output],
  },
  { name: 'verify', readsOnly: true, needs: ['pruned'], args: (at) => ['verify', at.pruned] },
];
