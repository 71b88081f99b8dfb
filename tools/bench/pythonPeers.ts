import { HDBSCAN_OPTIONS } from './hdbscanJob.ts';
import type { Report } from './job.ts';
import { askPython, runPython } from './python.ts';
import type { Measurement } from './runChild.ts';

/** A Python implementation as `peers.py` names it, and as a table does. */
export interface PythonPeer {
  readonly name: string;
  readonly label: string;
}

/** Those that are looked for. */
export const PYTHON_PEERS: readonly PythonPeer[] = [
  { name: 'hdbscan', label: 'hdbscan (best)' },
  { name: 'hdbscan-generic', label: 'hdbscan (generic)' },
  { name: 'sklearn', label: 'sklearn.cluster.HDBSCAN' },
  { name: 'fast_hdbscan', label: 'fast_hdbscan' },
];

/** The names of the peers that Python can import; none where there is no Python. */
export async function findPythonPeers(): Promise<string[]> {
  return (askPython('peers.py', ['find']) as Promise<string[]>).catch(() => []);
}

/**
 * Runs a peer in a process of its own. `second` is a second fit in the same process, where the first has to compile. `cost` counts the fit alone; `facts`
 * hold the seconds of importing (`importSeconds`) and of reading points (`loadSeconds`). The peer `nothing` only adds numbers up: it tries the frame.
 */
export async function runPythonPeer(
  name: string,
  points: string,
): Promise<{ readonly first: Measurement; readonly second: Measurement | undefined }> {
  const { minClusterSize, minSamples } = HDBSCAN_OPTIONS;
  const report = await runPython('peers.py', [name, points, `${minClusterSize}`, `${minSamples}`]);
  const { again } = report as Measurement & { again?: Report };
  return { first: report, second: again && { ...again, loadAverage: report.loadAverage } };
}
