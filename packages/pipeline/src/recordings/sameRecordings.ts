import { setImmediate } from 'node:timers/promises';
import { type Alignment, isSameRecording, type RecordingRule, SAME_RECORDING } from '@refrain/pruned-dataset';
import { candidates, subFingerprintIndex } from './subFingerprintIndex.ts';

/** Two clips i < j of the same recording, and how they overlap: a of `Alignment` is i, b is j. */
export interface SameRecording extends Alignment {
  readonly i: number;
  readonly j: number;
}

// Clips after which the event loop gets a turn: some 20 ms.
const CLIPS_PER_TURN = 32;

/**
 * The pairs of `fingerprints` that `isSameRecording` accepts, by i, then j. Not transitive: two excerpts may each overlap a third and not each
 * other. Only pairs that share the upper or lower 20 bits of three sub-fingerprints at one offset are compared, so a pair near
 * the allowed error rate can be missed, and so can recordings that are there more than a thousand times; a pair that is found is exact.
 * `onCompared` is told from time to time how many more fingerprints have been compared with all others.
 */
export async function sameRecordings(
  fingerprints: readonly Uint32Array[],
  rule: RecordingRule = SAME_RECORDING,
  signal?: AbortSignal,
  onCompared: (clips: number) => void = () => {},
): Promise<SameRecording[]> {
  const index = subFingerprintIndex(fingerprints);
  const pairs: SameRecording[] = [];
  for (let i = 0; i < fingerprints.length; i++) {
    if (i % CLIPS_PER_TURN === 0) {
      await setImmediate();
      onCompared(Math.min(CLIPS_PER_TURN, fingerprints.length - i));
    }
    signal?.throwIfAborted();
    for (const j of candidates(index, i)) {
      const alignment = isSameRecording(fingerprints[i]!, fingerprints[j]!, rule);
      if (alignment !== undefined) pairs.push({ i, j, ...alignment });
    }
  }
  return pairs;
}
