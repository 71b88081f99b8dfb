import { ConfigError, type Host, numberOption, type Split, seededRandom } from '@refrain/core';
import { DUPLICATE_THRESHOLD } from '@refrain/core/pruning';
import { type BadClip, type RecordingRule, SAME_RECORDING } from '@refrain/pruned-dataset';
import type { Assembly } from '../assembly/assemble.ts';
import type { EmbeddedClip } from '../embed/embed.ts';
import { takeFingerprints } from '../recordings/recordings.ts';
import type { Settings } from '../settings.ts';
import { compareIds, embedDataset, loadTrainSource } from '../source/source.ts';
import { trainSpace } from '../space/space.ts';
import { type ComparableClips, type CopyOptions, type CopyPair, findCopyPairs } from './copies.ts';

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

const SPLITS = ['train', 'valid', 'test'] as const;

const BY_FINGERPRINT = 're-encodings, gains, shifts and excerpts';

/**
 * Embeds the clips of all splits, takes their fingerprints but where the settings say not to, and finds the copies among them, those of one
 * recording by `rule`. Features are standardised over all of them.
 */
export async function copiesInDataset(
  assembly: Assembly,
  settings: Settings,
  host: Host,
  rule: RecordingRule = SAME_RECORDING,
): Promise<FoundCopies<ComparedClip & EmbeddedClip>> {
  const threshold = thresholdOf(settings);
  const run = await embedDataset(assembly, settings, host, SPLITS, false);
  const clips = SPLITS.flatMap((split) => run[split])
    .sort((a, b) => compareIds(a.clip.id, b.clip.id))
    .map((one) => ({ ...one, id: one.clip.id, path: one.clip.path, split: one.clip.split }));
  const { embeddings } = trainSpace(clips, settings, seededRandom(settings.seed).fork('reliability'));
  const fingerprints =
    settings.fingerprints === false
      ? undefined
      : await takeFingerprints(
          clips.map(({ clip }) => clip),
          run.dataset,
          assembly,
          settings,
          host,
        );
  const comparable = {
    embeddings,
    audioHashes: clips.map(({ audioHash }) => audioHash),
    excluded: Uint8Array.from(clips, ({ seconds }) => (seconds < settings.shortest ? 1 : 0)),
    ...(fingerprints && { fingerprints }),
  };
  return {
    clips,
    pairs: await compared(comparable, { threshold, rule }, assembly, host),
    byFingerprint: fingerprints !== undefined,
    notLookedFor: unsought(fingerprints, rule),
    bad: run.bad,
  };
}

/** The copies among own embeddings. */
export async function copiesInEmbeddings(assembly: Assembly, settings: Settings, host: Host): Promise<FoundCopies> {
  const threshold = thresholdOf(settings);
  const { space, bad } = await loadTrainSource(assembly, settings, host, seededRandom(settings.seed), []);
  const { ids, embeddings } = space;
  const comparable = { embeddings, audioHashes: ids.map(() => undefined), excluded: new Uint8Array(ids.length) };
  return {
    clips: ids.map((id) => ({ id })),
    pairs: await compared(comparable, { threshold }, assembly, host),
    byFingerprint: false,
    notLookedFor: [`equal audio, ${BY_FINGERPRINT} (\`embeddings\` come without audio)`],
    bad,
  };
}

async function compared(
  clips: ComparableClips,
  options: Pick<CopyOptions, 'threshold' | 'rule'>,
  assembly: Assembly,
  { signal, progress }: Host,
): Promise<CopyPair[]> {
  const kernel = await assembly.get('kernel');
  const bar = progress('comparing fingerprints', clips.fingerprints?.length ?? 0, 'clips');
  const onCompared = (count: number) => bar.advance(count);
  return findCopyPairs(clips, kernel, { ...options, signal, onCompared }).finally(() => bar.end());
}

/** What `threshold` says, which is an option of the strategy where clips are pruned. */
function thresholdOf({ choices }: Settings): number {
  const given = choices.pruner?.options.threshold ?? DUPLICATE_THRESHOLD;
  const { success, data } = numberOption((n) => n.gt(0).max(1)).safeParse(given);
  if (success) return data;
  throw new ConfigError('threshold', `\`threshold\`: expected a similarity, above 0 and at most 1 (given: ${given}).`);
}

function unsought(fingerprints: readonly Uint32Array[] | undefined, rule: RecordingRule): string[] {
  const otherwise = 'other takes of a piece, changes of speed or pitch';
  if (fingerprints === undefined) return [`${BY_FINGERPRINT} (\`fingerprints\` off)`, otherwise];
  const short = fingerprints.filter(({ length }) => length < rule.minFrames).length;
  return [
    ...(short === 0 ? [] : [`${BY_FINGERPRINT} of the ${short} clips shorter than 4.1 s`]),
    rule.sufficientFrames === undefined
      ? 'what is less than half of both clips'
      : 'what both share for less than 7.6 s',
    otherwise,
  ];
}
