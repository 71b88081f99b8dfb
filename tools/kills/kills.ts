// The command: npm run kills -- [--rounds 100] [--full 20] [--seed 0] [--only prune,embed]
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { seededRandom } from '@refrain/core';
import { bestDisk } from './disk.ts';
import { fullRound, killedRound, openLab, type Round } from './rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '100' },
    full: { type: 'string', default: '20' },
    seed: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
});

/** Rounds in which the command was done before anything disturbed it do not count; this many for one that does are enough. */
const PATIENCE = 5;

async function repeat(
  what: string,
  wanted: number,
  round: (number: number) => Promise<Round>,
): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  for (let number = 0, disturbed = 0; disturbed < wanted && number < PATIENCE * wanted; number++) {
    const done = await round(number);
    rounds.push(done);
    if (done.isDisturbed) disturbed++;
    const { name, disturbance, failure = 'as undisturbed' } = done;
    process.stdout.write(`${what} ${disturbed}/${wanted}  ${name}: ${disturbance}; ${failure}\n`);
  }
  return rounds;
}

const bin = fileURLToPath(new URL('../../../apps/runner/dist/bundle/main.js', import.meta.url));
const work = await mkdtemp(join(tmpdir(), 'refrain-kills-'));
try {
  const lab = await openLab(bin, work, values.only?.split(','));
  const random = seededRandom(values.seed);
  const of = (number: number) => lab.references[number % lab.references.length]!;
  const killed = await repeat('kill', Number(values.rounds), (number) =>
    killedRound(lab, of(number), random.fork(`kill ${number}`)),
  );
  const disk = await bestDisk();
  // What writes nothing fills no disk.
  const writing = lab.references.filter(({ bytes: [before, after] }) => after > before);
  const full = await repeat('full', Number(values.full), (number) =>
    fullRound(lab, writing[number % writing.length]!, random.fork(`full ${number}`), disk),
  );
  const wrong = [...killed, ...full].filter(({ failure }) => failure !== undefined);
  const counted = (rounds: readonly Round[]) => rounds.filter(({ isDisturbed }) => isDisturbed).length;
  process.stdout.write(
    `${counted(killed)} rounds killed, ${counted(full)} on a full disk (${disk.name}): ${wrong.length} wrong\n`,
  );
  process.exitCode = wrong.length > 0 ? 1 : 0;
} finally {
  await rm(work, { recursive: true, force: true });
}
