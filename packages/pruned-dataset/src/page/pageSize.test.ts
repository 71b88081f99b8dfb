import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom, writeNpyRows } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { expect, it } from 'vitest';
import type { PrunedFolder } from '../read.ts';
import { FORMAT, type RemovedRecord } from '../schemas.ts';
import { METADATA } from '../testing/metadata.ts';
import { fillPage } from './fillPage.ts';
import { pruningPage } from './pruningPage.ts';

/** Pictures of sound take some 4 MB of a page, its template less than 1 MB. */
const MOST_BYTES = 10_000_000;
const TEMPLATE =
  '<meta http-equiv="Content-Security-Policy" content=""><script type="application/json" id="refrain-data"></script>';

describeWithData('mtt/pons2017', 'the page of as many clips as MagnaTagATune has, with its names', () => {
  it('leaves room for the rest of 15 MB', async () => {
    const text = await readFile(testDataPath('mtt/pons2017', 'index_mtt.tsv'), 'utf8');
    const paths = text
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t')[1]!);
    expect(paths).toHaveLength(25_863);
    const random = seededRandom('page');
    const value = (most: number) => random.uniform() * most;
    // Each with tags, of every three clips two go.
    const clips = paths.map((path, position) => ({
      ...{ id: path, position, path: `/data/magnatagatune/${path}`, group: Math.floor(position / 3) },
      labels: Array.from({ length: 3 }, () => `tag ${random.integer(50)}`),
      groups: { track: path.replace(/-\d+-\d+\.mp3$/, '') },
      ...{ seconds: 29.1234567, reliability: value(1), embedding_hash: '' },
    }));
    const removed = clips.flatMap(({ id, group }, position): RemovedRecord[] => {
      if (position % 3 === 0) return [];
      const proof = { similarity: Number(value(1).toFixed(6)), theta: 0.761818, z: Number(value(9).toFixed(6)) };
      return [{ id, cluster: group % 172, group, level: 'redundant', partner_id: paths[3 * group]!, ...proof }];
    });
    const path = await mkdtemp(join(tmpdir(), 'refrain-page-size-'));
    const map = { data: Float32Array.from({ length: 2 * clips.length }, () => value(20)), rows: clips.length, cols: 2 };
    await writeNpyRows(join(path, 'projection.npy'), 2, [map]);
    const keep = [...clips.keys()].filter((position) => position % 3 === 0);
    const folder: PrunedFolder = {
      ...{ path, format: FORMAT, clips, removed, keep, bad: [], short: new Set() },
      labels: clips.map(({ group }) => group % 172),
      metadata: { ...METADATA, format: FORMAT, files: {}, original_size: clips.length, pruned_size: keep.length },
    };
    const page = fillPage(TEMPLATE, await pruningPage(folder));
    await rm(path, { recursive: true });
    expect(Buffer.byteLength(page)).toBeLessThan(MOST_BYTES);
    expect(Buffer.byteLength(page)).toBeGreaterThan(text.length);
  });
});
