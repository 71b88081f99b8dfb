import { describe, expect, it } from 'vitest';
import { metadataOfFormat1, withThetas } from './migrate.ts';
import type { ClipRecord, Metadata, RemovedRecord } from './schemas.ts';

const clip = (id: string, fields: Partial<ClipRecord> = {}): ClipRecord => ({
  id,
  position: 0,
  labels: [],
  group: 0,
  embedding_hash: '',
  ...fields,
});
const removal = (id: string, fields: Partial<RemovedRecord> = {}): RemovedRecord => ({
  id,
  cluster: 0,
  group: 0,
  level: 'redundant',
  partner_id: 'a',
  similarity: 0.97,
  theta: 0.9,
  ...fields,
});

/** What is made of a folder of 0.1.0 with these decisions. */
const migrated = (decisions: object, clips: ClipRecord[], removed: RemovedRecord[] = [], earlier?: object[]) => {
  const metadata = metadataOfFormat1({ decisions, ...(earlier && { earlier }) }, []) as unknown as Metadata;
  return withThetas({ metadata, clips, removed });
};

describe('the rule of a folder of format 1', () => {
  it('is by the reliability of both clips, one of less than 0.7 counting as 1', () => {
    const clips = [clip('a', { reliability: 0.9 }), clip('b', { reliability: 0.69 }), clip('c')];
    const { metadata, clips: found } = migrated({ theta: 'tracks', kappaUsed: 0.98 }, clips);
    expect(metadata.rule).toEqual({ kind: 'pair' });
    // 0.98 · 0.9 and 0.98 · 1.
    expect(found.map(({ theta }) => theta)).toEqual([0.882, 0.98, undefined]);
  });

  it('is a constant where the strategy had one, and none where it had no θ', () => {
    const { rule } = migrated({ theta: 'threshold', threshold: 0.95, kappaUsed: 0.9 }, []).metadata;
    expect(rule).toEqual({ kind: 'constant', theta: 0.855 });
    expect(migrated({ fraction: 0.5 }, []).metadata.rule).toEqual({ kind: 'none' });
  });

  it('takes what is said of each removed clip where it follows from nothing else', () => {
    const { metadata, clips } = migrated({ theta: 'fdr' }, [clip('a'), clip('b')], [removal('b')]);
    expect(metadata.rule).toEqual({ kind: 'per-clip' });
    expect(clips.map(({ theta }) => theta)).toEqual([undefined, 0.9]);
  });

  it('is that of the run which removed a clip, for its partner too', () => {
    const clips = [clip('a', { reliability: 0.8 }), clip('b', { reliability: 0.9 })];
    const run = { decisions: { theta: 'reliability', kappaUsed: 0.5 } };
    const { metadata, ...found } = migrated({ fraction: 0.5 }, clips, [removal('b', { run: 0 })], [run]);
    expect([metadata.rule, metadata.earlier![0]!.rule]).toEqual([{ kind: 'none' }, { kind: 'pair' }]);
    expect(found.clips.map(({ theta }) => theta)).toEqual([undefined, 0.45]);
    expect(found.removed[0]!.partner_theta).toBe(0.4);
  });
});
