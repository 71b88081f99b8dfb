// The command: npm run kills -- [--rounds 200] [--seed 0] [--sets generated,esc10-dev,music-dev] [--kinds moment,change,full,gone,twice] [--only prune,embed]
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Random, seededRandom } from '@refrain/core';
import { CORPORA } from './corpus.ts';
import { bestDisk } from './disk.ts';
import { type Case, type Lab, openLab, type Reference, referenceOf } from './lab.ts';
import { brokenRound, fullRound, goneRound, killedRound, type Round, twiceRound } from './rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string', default: '0' },
    sets: { type: 'string', default: Object.keys(CORPORA).join() },
    kinds: { type: 'string' },
    only: { type: 'string' },
  },
});

/** Rounds in which the command was done before anything disturbed it do not count; this many for one that does are enough. */
const PATIENCE = 5;

/** Commands that a set is for; `generated` is for all. */
const COMMANDS_OF: Readonly<Record<string, readonly string[]>> = {
  'esc10-dev': ['embed', 'prune', 'run', 'compare', 'baseline', 'evaluate', 'verify'],
  'music-dev': ['embed', 'prune', 'run', 'leaks', 'duplicates', 'copies', 'report'],
};

const disk = await bestDisk();
const writes = ({ command }: Case) => command.readsOnly !== true;

/** What is done to commands: how often of twenty times, and to which. */
const KINDS: readonly {
  readonly name: string;
  readonly share: number;
  readonly round: (lab: Lab, reference: Reference, random: Random) => Promise<Round>;
  readonly fits?: (one: Case) => boolean;
}[] = [
  { name: 'moment', share: 7, round: killedRound },
  { name: 'change', share: 7, round: brokenRound, fits: writes },
  { name: 'full', share: 3, round: (lab, reference, random) => fullRound(lab, reference, random, disk), fits: writes },
  {
    name: 'gone',
    share: 2,
    round: (lab, reference, random) => goneRound(lab, reference, random, disk),
    fits: ({ command }) => command.hears === true,
  },
  { name: 'twice', share: 1, round: twiceRound, fits: writes },
];

const split = (text: string | undefined) => text?.split(',');
const kinds = KINDS.filter(({ name }) => split(values.kinds)?.includes(name) ?? true);
/** Kinds in turn, each as often as its share says. */
const turns = Array.from({ length: 7 }, (_, turn) => kinds.filter(({ share }) => turn < share)).flat();
const bin = fileURLToPath(new URL('../../../apps/runner/dist/bundle/main.js', import.meta.url));
const work = await mkdtemp(join(tmpdir(), 'refrain-kills-'));
const tell = (text: string) => process.stdout.write(`${text}\n`);
try {
  const labs: Lab[] = [];
  for (const corpus of values.sets.split(',')) {
    await mkdir(join(work, corpus));
    labs.push(await openLab(bin, join(work, corpus), { corpus, commands: split(values.only) ?? COMMANDS_OF[corpus] }));
  }
  const tried = new Map<string, number>();
  const next = (lab: Lab, kind: (typeof KINDS)[number]): Case | undefined => {
    const key = `${kind.name} ${lab.places.corpus.name}`;
    // Each kind begins elsewhere, so that few rounds are of many commands.
    const number = tried.get(key) ?? 7 * kinds.indexOf(kind);
    tried.set(key, number + 1);
    const fitting = lab.cases.filter(kind.fits ?? (() => true));
    return fitting[number % fitting.length];
  };
  const random = seededRandom(values.seed);
  const counts = new Map<string, number>();
  const wanted = Number(values.rounds);
  let [disturbed, wrong] = [0, 0];
  for (let number = 0; disturbed < wanted && number < PATIENCE * wanted; number++) {
    const kind = turns[number % turns.length]!;
    const lab = labs[Math.floor(number / turns.length + number) % labs.length]!;
    const chosen = next(lab, kind);
    if (chosen === undefined) continue;
    const done = await kind.round(lab, await referenceOf(lab, chosen), random.fork(`${number}`));
    if (done.isDisturbed) disturbed++;
    if (done.failure !== undefined) wrong++;
    const { name, disturbance, failure = 'as undisturbed' } = done;
    tell(`${kind.name} ${disturbed}/${wanted}  ${name}: ${disturbance}; ${failure}`);
    if (done.isDisturbed)
      for (const key of [kind.name, lab.places.corpus.name, chosen.command.name])
        counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  tell([...counts].map(([key, count]) => `${key} ${count}`).join(', '));
  tell(`${disturbed} rounds disturbed (a full disk is ${disk.name}): ${wrong} wrong`);
  process.exitCode = wrong > 0 ? 1 : 0;
} finally {
  await rm(work, { recursive: true, force: true });
}
