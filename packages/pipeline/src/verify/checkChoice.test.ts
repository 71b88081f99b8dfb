import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quietHost, SIMILARITY_GRID } from '@refrain/core';
import { syntheticPruneInput } from '@refrain/core/testing';
import { type ClipRecord, type PrunedFolder, readFolder } from '@refrain/pruned-dataset';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsOf } from '../calls/options.ts';
import { prune } from '../calls/prune.ts';
import { checkChoice } from './checkChoice.ts';

let work: string;
let folder: PrunedFolder;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'refrain-choice-'));
  const { ids, embeddings } = syntheticPruneInput({ clusters: 1, tracks: 60, clips: 3, dim: 32 });
  const result = await prune({ embeddings, ids, space: 'raw', t: 1, cacheDir: join(work, 'cache') });
  folder = await readFolder(await result.write(join(work, 'pruned')));
});
afterAll(() => rm(work, { recursive: true }));

const check = (changed: PrunedFolder) =>
  checkChoice(changed, settingsOf({ t: 1 }), { jitter: 0, draws: 0 }, quietHost());

describe('pruning again from a folder', () => {
  it('comes out the same where the mean and deviation of cosines were measured with other last bits', async () => {
    expect(folder.metadata.rule.kind).toBe('s-norm');
    expect(folder.removed.length).toBeGreaterThan(30);
    expect(await check(folder)).toEqual({});
    const involved = new Set(folder.removed.flatMap(({ id, partner_id: partner }) => [id, partner]));
    const other = folder.clips.find(({ id, cosine_mean: mean }) => !involved.has(id) && mean !== undefined)!;
    const nudged: ClipRecord = {
      ...other,
      cosine_mean: other.cosine_mean! + SIMILARITY_GRID,
      cosine_deviation: other.cosine_deviation! - SIMILARITY_GRID,
    };
    const clips = folder.clips.map((clip) => (clip === other ? nudged : clip));
    expect(await check({ ...folder, clips })).toEqual({});
  });

  it('does not where a removal is not what the rule makes of them', async () => {
    const [first, ...others] = folder.removed;
    const removed = [{ ...first!, z: first!.z! + 0.1 }, ...others];
    expect((await check({ ...folder, removed })).failure).toContain(`clip ${first!.id}: removed.jsonl says z`);
  });
});
