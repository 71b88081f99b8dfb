import { onGrid, type RemovalLevel } from '@refrain/core';
import { DUPLICATE_THRESHOLD, isSameRecording } from '@refrain/pruners';
import { fingerprintOfText } from '../fingerprints.ts';
import type { ClipRecord, Metadata } from '../records.ts';

/** The level at which a removed clip `a` goes for its partner `b`, by what is known of the two; `claimed` is what removed.jsonl says. */
export function expectedLevel(
  { duplicates, decisions }: Pick<Metadata, 'duplicates' | 'decisions'>,
  claimed: RemovalLevel,
  a: ClipRecord,
  b: ClipRecord,
  similarity: number,
): RemovalLevel {
  // A strategy without a rule for θ removes without looking for a partner.
  if (decisions.theta === undefined) return 'unsupported';
  const same = (key: 'audio_hash' | 'duplicate_set') =>
    duplicates !== null && a[key] !== undefined && a[key] === b[key];
  if (same('audio_hash')) return 'identical';
  // The search for recordings may overlook a pair that proves itself, so it is checked where it is claimed.
  if (claimed === 'same-recording' && areSameRecording(a, b)) return claimed;
  return same('duplicate_set') || similarity >= onGrid(DUPLICATE_THRESHOLD) ? 'near-identical' : 'redundant';
}

/**
 * The θ that the pair of a removed clip `a` and its partner `b` has to reach. Where it follows from what is known of the two clips it is
 * recomputed; for the other rules it is undefined, and taken as the file says it.
 */
export function expectedTheta(
  { decisions }: Pick<Metadata, 'decisions'>,
  level: RemovalLevel,
  short: ReadonlySet<string>,
  a: ClipRecord,
  b: ClipRecord,
): number | undefined {
  // Nothing but a copy stands for a clip that is too short.
  if (short.has(a.id) || short.has(b.id)) return onGrid(DUPLICATE_THRESHOLD);
  const reliability =
    a.reliability === undefined || b.reliability === undefined ? undefined : Math.max(a.reliability, b.reliability);
  const base =
    decisions.theta === 'reliability' || decisions.theta === 'tracks'
      ? reliability
      : decisions.theta === 'threshold'
        ? Number(decisions.threshold)
        : undefined;
  if (base === undefined) return undefined;
  const theta = onGrid(Number(decisions.kappaUsed) * base);
  return level === 'redundant' ? theta : Math.min(theta, onGrid(DUPLICATE_THRESHOLD));
}

function areSameRecording(a: ClipRecord, b: ClipRecord): boolean {
  if (a.fingerprint === undefined || b.fingerprint === undefined) return false;
  return isSameRecording(fingerprintOfText(a.fingerprint), fingerprintOfText(b.fingerprint)) !== undefined;
}
