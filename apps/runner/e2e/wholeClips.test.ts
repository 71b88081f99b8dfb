import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { readPrunedDataset, verifyFolder } from '@refrain/pruned-dataset';
import { beforeAll, expect, it } from 'vitest';
import { newFolder, refrain } from './refrain.ts';

describeWithData('embeddings', 'own embeddings of the whole clips of ESC-10', () => {
  let work: string;
  let folder: string;
  let told: string;
  const own = (name: string) => [
    ...['--embeddings', testDataPath('embeddings', `esc10.${name}.npy`)],
    ...['--ids', testDataPath('embeddings', 'esc10.rows.txt')],
  ];

  beforeAll(async () => {
    work = await newFolder();
    folder = join(work, 'pruned');
    const { stdout, stderr } = await refrain(['prune', ...own('mtat-musicnn'), '--t', '1', '--output', folder]);
    told = stdout + stderr;
  });

  it('are whitened by the total covariance, and the run says so', async () => {
    const { whitening } = (await readPrunedDataset(folder)).space!;
    // 2d / (n − 1 + 2d): Ledoit & Wolf would ask for less.
    expect(whitening).toMatchObject({ covariance: 'total', shrinkage: 400 / 799, clips: 400, segments: 400 });
    expect(JSON.parse(await readFile(join(folder, 'space.json'), 'utf8')).whitening.covariance).toBe('total');
    expect(told).toContain('whitened by the covariance of 400 clips: α = 0.50, effective rank 10.1 of 200 dimensions');
    expect(told).toMatch(/No clip has several segments that differ.*clips of one kind may be redundant/);
  });

  it('are in groups of no strangers: of one class, a fifth of one recording, and each removal reaches τ', async () => {
    const { removed, clips, metadata } = await readPrunedDataset(folder);
    const { rule } = metadata;
    if (rule.kind !== 's-norm') throw new Error(`The rule is of kind ${rule.kind}.`);
    // By a reference of its own: numpy's covariance, scores of all pairs, and the rank from which they are rare.
    expect(rule.tau).toBeCloseTo(4.024, 2);
    expect(new Set(clips.map(({ group }) => group).filter((group) => group >= 0)).size).toBeGreaterThan(20);
    expect(removed.length).toBeGreaterThan(100);
    for (const { level, z } of removed) if (level === 'redundant') expect(z).toBeGreaterThanOrEqual(rule.tau!);
    // An id is "class/fold-recording-take.ogg".
    const shareAlike = (part: RegExp) =>
      removed.filter(({ id, partner_id }) => part.exec(id)![0] === part.exec(partner_id)![0]).length / removed.length;
    expect(shareAlike(/^[^/]+/)).toBeGreaterThan(0.85);
    expect(shareAlike(/\d-\d+/)).toBeGreaterThan(0.2);
  });

  it('hold, and are gone on from in the same space', async () => {
    expect((await verifyFolder(await readPrunedDataset(folder))).failure).toBeUndefined();
    const grown = join(work, 'grown');
    const { stderr } = await refrain(['prune', ...own('mtat-musicnn'), '--base', folder, '--output', grown]);
    expect(stderr).not.toContain('No clip has several segments');
    for (const name of ['space.json', 'whitening.npy'])
      expect(await readFile(join(grown, name), 'latin1')).toBe(await readFile(join(folder, name), 'latin1'));
  });
});
