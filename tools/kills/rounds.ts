import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, rename, rm, rmdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from '@refrain/core';
import type { Disk } from './disk.ts';
import { begin, failureOfNext, halfDone, isDone, type Lab, nameOf, outputOf, type Reference, run } from './lab.ts';
import { contentOf, difference, type Ended, leftOver } from './room.ts';

/** What became of a command that was disturbed and started again. */
export interface Round {
  readonly name: string;
  /** What happened to it, e.g. `killed after 812 ms`. */
  readonly disturbance: string;
  /** Whether that came before it was done. */
  readonly isDisturbed: boolean;
  /** What is not as it is without a disturbance; undefined where all is. */
  readonly failure: string | undefined;
}

/** Kills the command of the reference at a random moment, sometimes at two, and starts it again. */
export function killedRound(lab: Lab, reference: Reference, random: Random): Promise<Round> {
  return endedRound(lab, reference, 1 + Math.floor(1.3 * random.uniform()), async () => {
    const moment = Math.ceil(random.uniform() * reference.milliseconds);
    const { status } = await run(lab, reference.command, { killAfter: moment });
    return status === null ? `after ${moment} ms` : undefined;
  });
}

/** Kills the command of the reference in the middle of a random change of the file system, sometimes of two, and starts it again. */
export function brokenRound(lab: Lab, reference: Reference, random: Random): Promise<Round> {
  return endedRound(lab, reference, 1 + Math.floor(1.3 * random.uniform()), async () => {
    const { status, output } = await run(lab, reference.command, { breakAt: 1 + random.integer(reference.changes) });
    return status === null ? /^killed (at change .*)$/m.exec(output)?.[1] : undefined;
  });
}

/** Ends the command by `kill`, which says when it did that, at most `times`; it is started again after each. */
async function endedRound(
  lab: Lab,
  reference: Reference,
  times: number,
  kill: () => Promise<string | undefined>,
): Promise<Round> {
  await begin(lab, reference);
  const moments: string[] = [];
  let failure: string | undefined;
  for (let left = times; left > 0 && failure === undefined; left--) {
    const moment = await kill();
    if (moment === undefined) break;
    moments.push(moment);
    failure = await halfDone(lab, reference);
    // Where it has its name already it is done, and would be refused.
    if (!reference.command.intoFolder && existsSync(lab.room.output)) break;
  }
  const isDisturbed = moments.length > 0;
  const disturbance = isDisturbed ? `killed ${moments.join(' and ')}` : 'done before it was killed';
  return {
    name: nameOf(lab, reference),
    disturbance,
    isDisturbed,
    failure: failure ?? (await failureOfNext(lab, reference)),
  };
}

/** Runs the command of the reference with less room on the disk than it needs, and starts it again with more. */
export async function fullRound(lab: Lab, reference: Reference, random: Random, disk: Disk): Promise<Round> {
  await disk.open(lab.room.folder);
  try {
    await begin(lab, reference);
    const [before, after] = reference.bytes;
    const bytes = Math.ceil(random.uniform() * (after - before));
    const prefix = await disk.limit(lab.room.folder, bytes);
    const ended = await run(lab, reference.command, { prefix });
    await disk.free(lab.room.folder);
    const isDisturbed = !isDone(ended, reference.command);
    const left = await leftOver(lab.room);
    return {
      name: nameOf(lab, reference),
      disturbance: isDisturbed ? `${bytes} bytes were free` : 'done: there was room enough',
      isDisturbed,
      failure:
        (isDisturbed ? wrongRefusal(ended, /no space left|file too large/) : undefined) ??
        (left === undefined ? undefined : `the run that failed left ${left}`) ??
        (await failureOfNext(lab, reference)),
    };
  } finally {
    await disk.close(lab.room.folder);
  }
}

/**
 * Takes the audio away at a random moment of the command of the reference, by another name for its folder or by unmounting that, and starts it again
 * when it is back.
 */
export async function goneRound(lab: Lab, reference: Reference, random: Random, disk: Disk): Promise<Round> {
  await begin(lab, reference);
  const { audio } = lab.places.corpus;
  const away = `${audio}-away`;
  const isMounted = disk.isMounted && random.integer(2) === 1;
  if (isMounted) {
    await rename(audio, away);
    await disk.open(audio);
    await cp(away, audio, { recursive: true });
  }
  const moment = Math.ceil(random.uniform() * reference.milliseconds);
  const running = run(lab, reference.command);
  await Promise.race([running, pause(moment)]);
  await (isMounted ? disk.close(audio) : rename(audio, away));
  const ended = await running;
  if (isMounted) await rmdir(audio);
  await rename(away, audio);
  const isDisturbed = !isDone(ended, reference.command);
  const gone = `was ${isMounted ? 'unmounted' : 'renamed'} after ${moment} ms`;
  return {
    name: nameOf(lab, reference),
    disturbance: isDisturbed ? `its audio ${gone}` : 'done before its audio was gone',
    isDisturbed,
    failure: (isDisturbed ? wrongRefusal(ended, GONE) : undefined) ?? (await failureOfNext(lab, reference)),
  };
}

/** What is said of audio that is gone: while clips are embedded, before the dataset is opened, and after both. */
const GONE = /is not there any more|none of the first \d+ audio files is there|no such file/;

/** Runs the command of the reference twice at once, with one cache, and into one output or, where that is a new one, into two. */
export async function twiceRound(lab: Lab, reference: Reference, random: Random): Promise<Round> {
  await begin(lab, reference);
  const { command, output } = reference;
  const isOneOutput = command.intoFolder || random.integer(2) === 0;
  const other = isOneOutput ? lab.room.output : `${lab.room.folder}/outpu2`;
  const runs = await Promise.all([
    run(lab, command),
    run({ ...lab, places: { ...lab.places, output: other } }, command),
  ]);
  const refused = runs.filter((ended) => !isDone(ended, command));
  const otherDiffers = async () => {
    if (isOneOutput) return undefined;
    const found = await contentOf(other);
    await rm(other, { recursive: true });
    const { output: own } = lab.room;
    // The folder has its path in it, and the hash of that.
    const named = (text: string) => text.replaceAll(other, own).replaceAll(hashOf(other), hashOf(own));
    return difference(new Map([...found].map(([name, text]) => [name, named(text)])), output);
  };
  const failure = async () => {
    if (refused.length > (isOneOutput ? 1 : 0)) return `both ended so: ${runs.map((one) => one.output).join()}`;
    const left = (await otherDiffers()) ?? difference(await outputOf(lab.room), output) ?? (await leftOver(lab.room));
    return left ?? (refused[0] && wrongRefusal(refused[0], /is taken: another run|exists already/));
  };
  return {
    name: nameOf(lab, reference),
    disturbance: isOneOutput ? 'twice at once into one output' : 'twice at once with one cache',
    isDisturbed: true,
    failure: await failure(),
  };
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

/** What is wrong with how a run ended that could not go on, and should say so in such words. */
function wrongRefusal({ status, output }: Ended, words: RegExp): string | undefined {
  if (![1, 2, 3].includes(status!)) return `it ended with ${status}: ${output}`;
  if (!words.test(output)) return `it did not say why it ended: ${output}`;
  return /\n\s+at /.test(output) ? `it showed a stack: ${output}` : undefined;
}
