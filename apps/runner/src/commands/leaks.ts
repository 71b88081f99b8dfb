import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { counted, type Split } from '@refrain/core';
import {
  acrossSplits,
  allowedKinds,
  clipNames,
  FIGURES,
  figures,
  type LeakSearch,
  leakingFromTrain,
  leaksIn,
  leaksPage,
  resolvedSettings,
  type Sharing,
  versions,
} from '@refrain/pipeline';
import { datasetName, idLines, makeFolder, writeJsonLines } from '@refrain/pruned-dataset';
import { asTyped } from '../settings/flags.ts';
import type { RawValues } from '../settings/given.ts';
import { table } from '../terminal/table.ts';
import { takeOutput } from './output.ts';
import { leavePage } from './page.ts';
import { type CommandResult, withSession } from './session.ts';

type Sizes = Readonly<Record<Split, number>>;

/** So many pairs, or ids, are named on the screen; --output lists all. */
const NAMED_PAIRS = 100;
const NAMED_IDS = 20;

/**
 * `refrain leaks`: what the splits share, and the train clips to leave out for a clean split. Status 1 when two of them share something of a
 * kind that --allow does not name. With --output every leak is listed in leaks.jsonl there, and those clips in drop_from_train.txt.
 */
export async function leaks(given: RawValues, signal: AbortSignal, line: string): Promise<CommandResult> {
  return withSession(given, signal, async (session) => {
    const { settings, host } = session;
    const allowed = allowedKinds(settings.allow);
    await takeOutput(session, { isNew: false, reads: !settings.metadataOnly });
    const search = await leaksIn(session);
    const { clips, kinds, notLookedFor, bad, sharing: sums } = search;
    const counts = (split: Split) => clips.filter((clip) => clip.split === split).length;
    const sizes = { train: counts('train'), valid: counts('valid'), test: counts('test') };
    const counting = search.leaks.filter(({ kind }) => !allowed.has(kind));
    const drop = leakingFromTrain(counting);
    let page: string | undefined;
    const folder =
      settings.output === undefined
        ? undefined
        : await makeFolder(settings.output, async (draft, target) => {
            await writeJsonLines(join(draft, 'leaks.jsonl'), search.leaks);
            const ids = drop.map((id) => ({ id }));
            await writeFile(join(draft, 'drop_from_train.txt'), idLines(ids, 'drop_from_train.txt', host.notice));
            const used = resolvedSettings(session);
            const origin = {
              name: datasetName({ settings: used }),
              command: line,
              settings: used,
              versions: versions(),
            };
            page = await leavePage(session, draft, target, async () => leaksPage(search, sizes, origin));
          });
    const parts = [
      `${sizes.train} train, ${sizes.valid} valid and ${sizes.test} test clips`,
      shared(sums, sizes),
      namedPairs(search),
      [
        ...cleanKinds(sums, kinds),
        ...(notLookedFor.length === 0 ? [] : [`not looked for: ${asTyped(notLookedFor.join('; '))}`]),
      ],
      mending(
        drop,
        sizes.train,
        counting.some(({ splits }) => splits[0] === 'valid'),
      ),
      [...(page === undefined ? [] : [page]), ...(folder === undefined ? [] : [folder])],
    ];
    return {
      text: parts.flatMap((part) => (part.length === 0 ? [] : [[part].flat().join('\n')])).join('\n\n'),
      folder,
      bad,
      json: {
        splits: sizes,
        checked: kinds,
        not_looked_for: notLookedFor.map(asTyped),
        sharing: sums,
        drop_from_train: drop,
      },
      status: counting.length > 0 ? 1 : 0,
    };
  });
}

function shared(sums: readonly Sharing[], sizes: Sizes): string[] {
  const share = (clips: number, split: Split) => `${clips} (${((100 * clips) / sizes[split]).toFixed(1)} %)`;
  const rows = sums
    .filter((sum) => sum.shared > 0)
    .map(({ kind, splits: [first, second], shared: things, clips }) => [
      kind,
      `${first}, ${second}`,
      String(things),
      share(clips[0], first),
      share(clips[1], second),
    ]);
  return rows.length === 0
    ? []
    : [table(['what', 'splits', 'shared', 'clips of the first', 'clips of the second'], rows)];
}

/** The pairs of copies with their files, each once, by the surest that was found. */
function namedPairs({ clips, pairs }: LeakSearch): string[] {
  const crossing = acrossSplits(clips, pairs);
  if (crossing.length === 0) return [];
  const shown = crossing.slice(0, NAMED_PAIRS);
  const { nameOf, place } = clipNames(shown.flatMap(({ first, second }) => [first, second]));
  const rows = shown.map(({ pair, splits, first, second, shift }) => [
    pair.level === 'identical'
      ? first.contentHash !== undefined && first.contentHash === second.contentHash
        ? 'identical-file'
        : 'identical-audio'
      : pair.level,
    splits.join(', '),
    ...figures({ ...pair, ...(shift !== undefined && { shift }) }),
    nameOf(first),
    nameOf(second),
  ]);
  const header = ['copies', 'splits', ...FIGURES, 'clip of the first', 'clip of the second'];
  const rest = crossing.length - shown.length;
  return [
    ...(place === undefined ? [] : [place]),
    table(header, rows, [0, 1, 5, 6]),
    ...(rest > 0 ? [`… and ${rest} more pairs: --output DIR lists all`] : []),
  ];
}

function cleanKinds(sums: readonly Sharing[], kinds: LeakSearch['kinds']): string[] {
  const clean = kinds.filter((kind) => !sums.some((sum) => sum.kind === kind && sum.shared > 0));
  return clean.length === 0 ? [] : [`not shared by any two splits: ${clean.join(', ')}`];
}

function mending(drop: readonly string[], train: number, isOtherwise: boolean): string[] {
  const rest = drop.length - NAMED_IDS;
  const others = 'valid and test share something besides, which leaving out train clips does not mend';
  return [
    ...(drop.length === 0
      ? []
      : [
          `for a clean split drop ${counted(drop.length)} from train (${((100 * drop.length) / train).toFixed(1)} %):`,
          ...drop.slice(0, NAMED_IDS).map((id) => `  ${id}`),
          ...(rest > 0 ? [`  … and ${rest} more: --output DIR lists all, export --without-leaks leaves them out`] : []),
        ]),
    ...(isOtherwise ? [others] : []),
  ];
}
