import type { Host, Split } from '@refrain/core';
import type { SourceFile } from '../annotations.ts';

/** A clip as the annotation files know it: its path is relative to where the audio is. */
export interface SplitClip {
  readonly id: string;
  readonly path: string;
  readonly split: Split;
  /** Indices into the classes, ascending. */
  readonly labels: readonly number[];
}

/** What the annotation files of a split of the literature say. */
export interface SplitClips {
  readonly classes: readonly string[];
  readonly clips: readonly SplitClip[];
  /** The files that were read. */
  readonly files: readonly SourceFile[];
  /** Splits whose labels are nowhere; none by default. */
  readonly unlabelledSplits?: readonly Split[];
}

const TRAIN_FOLDERS = '0123456789ab';
const TEST_FOLDERS = 'def';

/**
 * The split of a clip by the hexadecimal digit that its folder is called: 0–b train, c valid, d–f test (Pons et al. 2017, partition_gt.py of
 * jordipons/musicnn-training). Undefined for a path in no such folder.
 */
export function splitOfFolder(path: string): Split | undefined {
  const digit = /^([0-9a-f])\//.exec(path)?.[1];
  if (digit === undefined) return undefined;
  if (TRAIN_FOLDERS.includes(digit)) return 'train';
  return TEST_FOLDERS.includes(digit) ? 'test' : 'valid';
}

// Files of 0 bytes in the audio that is distributed: clips 35644, 55753 and 57881.
const KNOWN_BAD = new Set([
  '6/norine_braun-now_and_zen-08-gently-117-146.mp3',
  '8/jacob_heringman-josquin_des_prez_lute_settings-19-gintzler__pater_noster-204-233.mp3',
  '9/american_baroque-dances_and_suites_of_rameau_and_couperin-25-le_petit_rien_xiveme_ordre_couperin-88-117.mp3',
]);

/** The clips without the three whose audio is known to be empty; how many were left out is told. */
export function withoutKnownBad(clips: readonly SplitClip[], host: Pick<Host, 'notice'>): readonly SplitClip[] {
  const bad = clips.filter(({ path }) => KNOWN_BAD.has(path));
  if (bad.length === 0) return clips;
  const ids = bad.map(({ id }) => id).join(', ');
  host.notice(`magnatagatune: left out ${bad.length} clips whose audio is distributed as empty files: ${ids}.`);
  return clips.filter(({ path }) => !KNOWN_BAD.has(path));
}
