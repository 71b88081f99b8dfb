import { describe, expect, it } from 'vitest';
import { withRule } from './migrateRule.ts';
import type { ClipRecord, RemovedRecord } from './records.ts';

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

/** A folder of 0.1.0 with these decisions. */
const folder = (decisions: object, clips: ClipRecord[], removed: RemovedRecord[] = [], earlier?: object[]) => {
  const metadata = { decisions, ...(earlier && { earlier }) };
  return { path: '', metadata, clips, removed, short: new Set(), keep: [], labels: [] } as unknown as Parameters<
    typeof withRule
  >[0];
};

describe('withRule', () => {
  it('is by the reliability of both clips, one of less than 0.7 counting as 1', () => {
    const clips = [clip('a', { reliability: 0.9 }), clip('b', { reliability: 0.69 }), clip('c')];
    const { metadata, clips: found, statesRule } = withRule(folder({ theta: 'tracks', kappaUsed: 0.98 }, clips));
    expect([metadata.rule, statesRule]).toEqual([{ kind: 'pair' }, false]);
    // 0.98 · 0.9 and 0.98 · 1.
    expect(found.map(({ theta }) => theta)).toEqual([0.882, 0.98, undefined]);
  });

  it('is a constant where the strategy had one, and none where it had no θ', () => {
    const { rule } = withRule(folder({ theta: 'threshold', threshold: 0.95, kappaUsed: 0.9 }, [])).metadata;
    expect(rule).toEqual({ kind: 'constant', theta: 0.855 });
    expect(withRule(folder({ fraction: 0.5 }, [])).metadata.rule).toEqual({ kind: 'none' });
  });

  it('takes what is said of each removed clip where it follows from nothing else', () => {
    const { metadata, clips } = withRule(folder({ theta: 'fdr' }, [clip('a'), clip('b')], [removal('b')]));
    expect(metadata.rule).toEqual({ kind: 'per-clip' });
    expect(clips.map(({ theta }) => theta)).toEqual([undefined, 0.9]);
  });

  it('is that of the run which removed a clip, for its partner too', () => {
    const clips = [clip('a', { reliability: 0.8 }), clip('b', { reliability: 0.9 })];
    const run = { decisions: { theta: 'reliability', kappaUsed: 0.5 } };
    const { metadata, ...found } = withRule(folder({ fraction: 0.5 }, clips, [removal('b', { run: 0 })], [run]));
    expect([metadata.rule, metadata.earlier![0]!.rule]).toEqual([{ kind: 'none' }, { kind: 'pair' }]);
    expect(found.clips.map(({ theta }) => theta)).toEqual([undefined, 0.45]);
    expect(found.removed[0]!.partner_theta).toBe(0.4);
  });

  it('stays what the files state', () => {
    const stated = folder({ theta: 'reliability', kappaUsed: 1 }, [clip('a', { reliability: 0.9, theta: 0.7 })]);
    const rule = { kind: 'pair' as const };
    const { metadata, clips, statesRule } = withRule({ ...stated, metadata: { ...stated.metadata, rule } });
    expect([metadata.rule, clips[0]!.theta, statesRule]).toEqual([rule, 0.7, true]);
  });
});
