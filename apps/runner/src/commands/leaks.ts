import { join } from 'node:path';
import { ConfigError, type Split, seededRandom } from '@refrain/core';
import { nearIdenticalPairs } from '@refrain/pruners';
import { writeJsonLines } from '../folder/lines.ts';
import { makeFolder } from '../folder/write.ts';
import type { RawValues } from '../settings/given.ts';
import type { BadClip } from '../stages/embedClip.ts';
import {
  findLeaks,
  knownKinds,
  LEAK_KINDS,
  type LeakClip,
  type LeakKind,
  type Sharing,
  summarize,
} from '../stages/leaks.ts';
import { datasetOf, embedDataset } from '../stages/source.ts';
import { wholeSpace } from '../stages/space.ts';
import { table } from '../terminal/table.ts';
import { takeOutput } from './prune.ts';
import { type CommandResult, type Session, withSession } from './session.ts';

const SPLITS = ['train', 'valid', 'test'] as const;

/** What was compared: the clips, and the pairs whose embeddings nearly coincide where audio was read. */
interface Evidence {
  readonly clips: readonly LeakClip[];
  readonly pairs?: Awaited<ReturnType<typeof nearIdenticalPairs>>;
  readonly bad?: readonly BadClip[];
}

/**
 * `refrain leaks`: what the splits share. Status 1 when two of them share something of a kind that --allow does not name. With --output every
 * leak is listed in leaks.jsonl there.
 */
export async function leaks(given: RawValues, signal: AbortSignal): Promise<CommandResult> {
  return withSession(given, signal, async (session) => {
    const { settings } = session;
    const allowed = allowedKinds(settings.allow);
    await takeOutput(session, { isNew: false, reads: !settings.metadataOnly });
    const { clips, pairs, bad = [] } = await (settings.metadataOnly ? knownOrigins(session) : comparedAudio(session));
    const found = findLeaks(clips, pairs);
    const kinds = knownKinds(clips, pairs);
    const sums = summarize(found, kinds);
    const sizes = Object.fromEntries(
      SPLITS.map((split) => [split, clips.filter((clip) => clip.split === split).length]),
    );
    const folder =
      settings.output === undefined
        ? undefined
        : await makeFolder(settings.output, (draft) => writeJsonLines(join(draft, 'leaks.jsonl'), found));
    return {
      text: [report(sums, kinds, sizes as Record<Split, number>), ...(folder === undefined ? [] : ['', folder])].join(
        '\n',
      ),
      folder,
      bad,
      json: { splits: sizes, checked: kinds, sharing: sums },
      status: found.some(({ kind }) => !allowed.has(kind)) ? 1 : 0,
    };
  });
}

async function knownOrigins({ assembly, settings }: Session): Promise<Evidence> {
  const { clips } = await datasetOf(assembly, settings);
  return { clips };
}

async function comparedAudio({ assembly, settings, host }: Session): Promise<Evidence> {
  const run = await embedDataset(assembly, settings, host, SPLITS);
  const { clips, embeddings } = wholeSpace(run, settings, seededRandom(settings.seed).fork('reliability'));
  return {
    clips: clips.map(({ clip, contentHash, audioHash }) => ({
      id: clip.id,
      split: clip.split,
      contentHash,
      audioHash,
      groups: clip.groups,
    })),
    pairs: await nearIdenticalPairs(embeddings, await assembly.get('kernel')),
    bad: run.bad,
  };
}

function report(sums: readonly Sharing[], kinds: readonly LeakKind[], sizes: Readonly<Record<Split, number>>): string {
  const counted = `${sizes.train} train, ${sizes.valid} valid and ${sizes.test} test clips`;
  const unknown = LEAK_KINDS.filter((kind) => !kinds.includes(kind));
  const shared = sums.filter((sum) => sum.shared > 0);
  const clean = kinds.filter((kind) => !shared.some((sum) => sum.kind === kind));
  const share = (clips: number, split: Split) => `${clips} (${((100 * clips) / sizes[split]).toFixed(1)} %)`;
  const rows = shared.map(({ kind, splits: [first, second], shared: things, clips }) => [
    kind,
    `${first}, ${second}`,
    String(things),
    share(clips[0], first),
    share(clips[1], second),
  ]);
  return [
    counted,
    ...(rows.length > 0
      ? ['', table(['what', 'splits', 'shared', 'clips of the first', 'clips of the second'], rows), '']
      : []),
    ...(clean.length > 0 ? [`not shared by any two splits: ${clean.join(', ')}`] : []),
    ...(unknown.length > 0 ? [`not known of any clip, so not checked: ${unknown.join(', ')}`] : []),
  ].join('\n');
}

function allowedKinds(text: string): ReadonlySet<LeakKind> {
  const names = text.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  const wrong = names.find((name) => !(LEAK_KINDS as readonly string[]).includes(name));
  if (wrong === undefined) return new Set(names as LeakKind[]);
  throw new ConfigError(
    'allow',
    `--allow: there is no leak of the kind "${wrong}"; there are ${LEAK_KINDS.join(', ')}.`,
  );
}
