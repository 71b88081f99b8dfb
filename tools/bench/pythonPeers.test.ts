import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { findPythonPeers, PYTHON_PEERS, runPythonPeer } from './pythonPeers.ts';

const hasPython = spawnSync(process.env.REFRAIN_PYTHON ?? 'python3', ['--version']).status === 0;

// Skipped without python3: the benchmark then says that no Python peer was found.
describe.skipIf(!hasPython)('the frame of the Python peers', () => {
  it('finds only peers that are looked for', async () => {
    const names = PYTHON_PEERS.map(({ name }) => name);
    for (const name of await findPythonPeers()) expect(names).toContain(name);
  });

  it('reports costs and labels in the fields of our own', async () => {
    const { first, second } = await runPythonPeer('nothing', 'no file');
    expect(second).toBeUndefined();
    expect(first.facts).toMatchObject({ clusters: 1, noise: 1 });
    expect(first.cost.cpuSeconds).toBeGreaterThan(0);
    expect(first.cost.processCpuSeconds).toBeGreaterThan(first.cost.cpuSeconds);
    // A Python without packages is some ten megabytes: kibibytes were not taken for bytes, nor the reverse.
    expect(first.cost.peakBytes).toBeGreaterThan(2e6);
    expect(first.cost.peakBytes).toBeLessThan(500e6);
    // Linux counts the two apart, and not to the page.
    expect(first.cost.baselineBytes).toBeLessThanOrEqual(1.1 * first.cost.peakBytes);
  });

  it('says what went wrong', async () => {
    await expect(runPythonPeer('unheard-of', 'no file')).rejects.toThrow(/KeyError.*unheard-of/);
  });
});
