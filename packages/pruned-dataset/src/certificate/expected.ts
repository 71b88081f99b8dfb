import { onGrid, type RemovalLevel } from '@refrain/core';
import { DUPLICATE_THRESHOLD, neededBy } from '@refrain/core/pruning';
import { fingerprintOfText, isSameRecording } from '../fingerprints.ts';
import type { ClipRecord, RuleRecord } from '../schemas.ts';

/**
 * At which level of copies a removed clip `a` goes for its partner `b`, by what is known of the two; undefined where they are no copies. `claimed` is
 * what removed.jsonl says.
 */
export function expectedCopy(
  claimed: RemovalLevel,
  a: ClipRecord,
  b: ClipRecord,
  similarity: number,
): RemovalLevel | undefined {
  const same = (key: 'audio_hash' | 'duplicate_set') => a[key] !== undefined && a[key] === b[key];
  if (same('audio_hash')) return 'identical';
  // The search for recordings may overlook a pair that proves itself, so it is checked where it is claimed.
  if (claimed === 'same-recording' && areSameRecording(a, b)) return claimed;
  if (similarity >= onGrid(DUPLICATE_THRESHOLD)) return 'near-identical';
  // Two of one set may be copies of a third one without being copies of each other: what is claimed then has to reach its θ.
  return claimed === 'near-identical' && same('duplicate_set') ? claimed : undefined;
}

/** A clip, and what a rule asks of it. */
interface ClipTheta {
  readonly id: string;
  readonly theta?: number | undefined;
}

/**
 * The θ that the pair of a removed clip `a` and its partner `b`, which are no copies, has to reach by the rule of the run and the θ of both
 * clips; Infinity where only a copy can stand for `a`.
 */
export function expectedTheta(rule: RuleRecord, short: ReadonlySet<string>, a: ClipTheta, b: ClipTheta): number {
  // Nothing but a copy stands for a clip that is too short.
  if (short.has(a.id) || short.has(b.id)) return onGrid(DUPLICATE_THRESHOLD);
  const thetas = Float64Array.of(a.theta ?? Infinity, b.theta ?? Infinity);
  return neededBy(rule.kind === 'constant' ? rule : { kind: rule.kind, thetas }, 0, 1);
}

function areSameRecording(a: ClipRecord, b: ClipRecord): boolean {
  if (a.fingerprint === undefined || b.fingerprint === undefined) return false;
  return isSameRecording(fingerprintOfText(a.fingerprint), fingerprintOfText(b.fingerprint)) !== undefined;
}
