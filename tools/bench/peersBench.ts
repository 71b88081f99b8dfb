import { messageOf } from '@refrain/core';
import type { Bench, Context } from './context.ts';
import { findPythonPeers, PYTHON_PEERS, type PythonPeer, runPythonPeer } from './pythonPeers.ts';
import { type Measurement, runJob } from './runChild.ts';
import { megabytes, significant, times, whole } from './table.ts';

const NPM_PEERS = [
  { kind: 'hdbscan-ts', label: 'npm hdbscan-ts', rows: [500, 1000] },
  { kind: 'npm-hdbscan', label: 'npm hdbscan', rows: [1000, 2000] },
] as const;

/** Another implementation, and how it is run on the points of a file: a name and a measurement for each fit. */
interface Peer {
  readonly label: string;
  readonly rows: readonly number[];
  run(points: string): Promise<readonly (readonly [string, Measurement])[]>;
}

/** Other implementations of HDBSCAN against ours on the same points, in the same run. */
export const peersBench: Bench = {
  name: 'peers',
  about: 'npm hdbscan-ts and hdbscan, and Python packages where present, against ours: [--n 1000] --python-n 2000,5000',
  async run(context) {
    const { rows, pythonRows = [2000, 5000], workers, cols } = context.settings;
    const found = await findPythonPeers();
    const absent = PYTHON_PEERS.filter(({ name }) => !found.includes(name)).map(({ label }) => label);
    const notes = [`d = ${cols}, workers of Refrain: ${workers}; Python computes on one thread.`];
    if (absent.length > 0) notes.push(`Not found by Python, so not measured: ${absent.join(', ')}.`);
    const npm = NPM_PEERS.map(({ kind, label, rows: sizes }) => ({
      label,
      rows: rows ?? sizes,
      run: async (points: string) => [[label, await runJob({ kind, points })] as const],
    }));
    const python = PYTHON_PEERS.filter(({ name }) => found.includes(name)).map((peer) => ({
      label: peer.label,
      rows: pythonRows,
      run: (points: string) => pythonRuns(peer, points),
    }));
    const header = [
      'implementation',
      'n',
      'CPU s',
      'wall s',
      'peak MB',
      'clusters',
      'noise',
      'CPU / ours',
      'process CPU s',
    ];
    return { header, rows: await measurePeers(context, [...npm, ...python], notes), notes };
  },
};

/** The rows of the table: for each number of points ours, then every peer that reaches it. Failures are added to `notes`. */
async function measurePeers(context: Context, peers: readonly Peer[], notes: string[]): Promise<string[][]> {
  const table: string[][] = [];
  const sizes = new Set(peers.flatMap(({ rows }) => rows));
  for (const n of [...sizes].sort((a, b) => a - b)) {
    const points = await context.points(n);
    const ours = await ourHdbscan(context, n, points);
    table.push(rowOf('Refrain', n, ours, ours));
    for (const { label, run } of peers.filter(({ rows }) => rows.includes(n))) {
      context.say(`${label}, ${n} points`);
      try {
        for (const [name, measurement] of await run(points)) table.push(rowOf(name, n, measurement, ours));
      } catch (error) {
        // The reason may hold paths of this machine, so it stays out of the page.
        context.say(messageOf(error));
        notes.push(`${label} failed at ${whole(n)} points.`);
      }
    }
  }
  return table;
}

function ourHdbscan({ say, settings }: Context, n: number, points: string): Promise<Measurement> {
  say(`Refrain, ${n} points`);
  return runJob({ kind: 'hdbscan', points, kernel: { name: 'cpu', workers: settings.workers } });
}

async function pythonRuns(peer: PythonPeer, points: string): Promise<[string, Measurement][]> {
  const { first, second } = await runPythonPeer(peer.name, points);
  const label = `python ${peer.label}`;
  return second === undefined
    ? [[label, first]]
    : [
        [`${label}, first fit`, first],
        [`${label}, second fit`, second],
      ];
}

function rowOf(name: string, n: number, { cost, facts }: Measurement, ours: Measurement): string[] {
  return [
    name,
    whole(n),
    significant(cost.cpuSeconds),
    significant(cost.wallSeconds),
    megabytes(cost.peakBytes),
    whole(facts.clusters as number),
    whole(facts.noise as number),
    times(cost.cpuSeconds / ours.cost.cpuSeconds),
    significant(cost.processCpuSeconds),
  ];
}
