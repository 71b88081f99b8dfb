import { byCodeUnits, type Host, type SimilarityKernel, type Split, seededRandom } from '@refrain/core';
import { type BadClip, type RecordingRule, SAME_RECORDING } from '@refrain/pruned-dataset';
import type { AudioMeans, EmbeddedClip } from '../embed/embed.ts';
import { takeFingerprints } from '../recordings/recordings.ts';
import type { Settings } from '../settings.ts';
import { embedDataset, type TrainSource } from '../source/source.ts';
import { type SpaceOptions, trainSpace } from '../space/space.ts';
import { type CopyPair, findCopyPairs } from './copies.ts';

/** A clip among which copies were looked for, as far as it is known. */
export interface ComparedClip {
  readonly id: string;
  readonly path?: string;
  readonly split?: Split;
}

/** The copies among the clips of all splits; index i means clip i, clips sorted by id. */
export interface FoundCopies<C extends ComparedClip = ComparedClip> {
  readonly clips: readonly C[];
  /** By i, then j. */
  readonly pairs: readonly CopyPair[];
  /** Whether acoustic fingerprints were compared. */
  readonly byFingerprint: boolean;
  /** What was not looked for, each in words. */
  readonly notLookedFor: readonly string[];
  readonly bad: readonly BadClip[];
}

/** How copies are looked for. */
export interface CopySearch extends SpaceOptions, Pick<Settings, 'fingerprints' | 'shortest' | 'seed'> {
  /** The similarity from which clips are near-identical. */
  readonly threshold: number;
}

const SPLITS = ['train', 'valid', 'test'] as const;

const BY_FINGERPRINT = 're-encodings, gains, shifts and excerpts';

/**
 * Embeds the clips of all splits, takes their fingerprints but where the options say not to, and finds the copies among them, those of one
 * recording by `rule`. The space is that of all of them.
 */
export async function copiesInDataset(
  audio: AudioMeans,
  kernel: SimilarityKernel,
  options: CopySearch,
  rule: RecordingRule = SAME_RECORDING,
): Promise<FoundCopies<ComparedClip & EmbeddedClip>> {
  const { threshold } = options;
  const run = await embedDataset(audio, SPLITS, false);
  const clips = SPLITS.flatMap((split) => run[split])
    .sort((a, b) => byCodeUnits(a.clip.id, b.clip.id))
    .map((one) => ({ ...one, id: one.clip.id, path: one.clip.path, split: one.clip.split }));
  const { embeddings } = await trainSpace(clips, options, seededRandom(options.seed).fork('reliability'));
  const listed = clips.map(({ clip }) => clip);
  const fingerprints = options.fingerprints === false ? undefined : await takeFingerprints(listed, audio);
  const comparable = {
    embeddings,
    audioHashes: clips.map(({ audioHash }) => audioHash),
    excluded: Uint8Array.from(clips, ({ seconds = Infinity }) => (seconds < options.shortest ? 1 : 0)),
    ...(fingerprints && { fingerprints }),
  };
  return {
    clips,
    pairs: await findCopyPairs(comparable, kernel, { threshold, rule, host: audio.host }),
    byFingerprint: fingerprints !== undefined,
    notLookedFor: unsought(fingerprints, rule, audio.own === undefined),
    bad: run.bad,
  };
}

/** The copies among own embeddings. */
export async function copiesInEmbeddings(
  { space, bad }: Pick<TrainSource, 'space' | 'bad'>,
  kernel: SimilarityKernel,
  threshold: number,
  host: Host,
): Promise<FoundCopies> {
  const { ids, embeddings } = space;
  const comparable = { embeddings, audioHashes: ids.map(() => undefined), excluded: new Uint8Array(ids.length) };
  return {
    clips: ids.map((id) => ({ id })),
    pairs: await findCopyPairs(comparable, kernel, { threshold, host }),
    byFingerprint: false,
    notLookedFor: [`equal audio, ${BY_FINGERPRINT} (\`embeddings\` come without audio)`],
    bad,
  };
}

function unsought(fingerprints: readonly Uint32Array[] | undefined, rule: RecordingRule, hasHashes: boolean): string[] {
  const otherwise = 'other takes of a piece, changes of speed or pitch';
  if (fingerprints === undefined)
    return [`${hasHashes ? '' : 'equal audio, '}${BY_FINGERPRINT} (\`fingerprints\` off)`, otherwise];
  const short = fingerprints.filter(({ length }) => length < rule.minFrames).length;
  return [
    ...(short === 0 ? [] : [`${BY_FINGERPRINT} of the ${short} clips shorter than 4.1 s`]),
    rule.sufficientFrames === undefined
      ? 'what is less than half of both clips'
      : 'what both share for less than 7.6 s',
    otherwise,
  ];
}
