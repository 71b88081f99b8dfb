import { onGrid, type RemovalLevel } from '@refrain/core';
import { DUPLICATE_THRESHOLD, reliabilityBase } from '@refrain/core/pruning';
import { fingerprintOfText } from '../fingerprints.ts';
import { isSameRecording } from '../recordings/isSameRecording.ts';
import type { ClipRecord, Metadata } from '../records.ts';

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

/**
 * The θ that the pair of a removed clip `a` and its partner `b`, which are no copies, has to reach. Where it follows from what is known of the two clips it is
 * recomputed; for the other rules it is undefined, and taken as the file says it.
 */
export function expectedTheta(
  { decisions }: Pick<Metadata, 'decisions'>,
  short: ReadonlySet<string>,
  a: ClipRecord,
  b: ClipRecord,
): number | undefined {
  // Nothing but a copy stands for a clip that is too short.
  if (short.has(a.id) || short.has(b.id)) return onGrid(DUPLICATE_THRESHOLD);
  const reliability =
    a.reliability === undefined || b.reliability === undefined
      ? undefined
      : Math.max(reliabilityBase(a.reliability), reliabilityBase(b.reliability));
  const base =
    decisions.theta === 'reliability' || decisions.theta === 'tracks'
      ? reliability
      : decisions.theta === 'threshold'
        ? Number(decisions.threshold)
        : undefined;
  if (base === undefined) return undefined;
  return onGrid(Number(decisions.kappaUsed) * base);
}

function areSameRecording(a: ClipRecord, b: ClipRecord): boolean {
  if (a.fingerprint === undefined || b.fingerprint === undefined) return false;
  return isSameRecording(fingerprintOfText(a.fingerprint), fingerprintOfText(b.fingerprint)) !== undefined;
}
