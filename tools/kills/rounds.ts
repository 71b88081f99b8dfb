import { existsSync } from 'node:fs';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '@refrain/core';
import { COMMANDS, type KilledCommand, type Places } from './commands.ts';
import { writeCorpus } from './corpus.ts';
import type { Disk } from './disk.ts';
import { bytesIn, contentOf, difference, type Ended, leftOver, prepare, type Room, roomAt, runIn } from './room.ts';

/** What a command does when nothing disturbs it, on an empty cache or on one that has all it needs. */
interface Reference {
  readonly command: KilledCommand;
  readonly cache: string | undefined;
  readonly output: ReadonlyMap<string, string>;
  readonly printed: string;
  readonly milliseconds: number;
  /** Of all files in the room, before and after. */
  readonly bytes: readonly [before: number, after: number];
}

/** A room, and what commands do in it undisturbed. */
export interface Lab {
  /** The program, for node. */
  readonly bin: string;
  readonly room: Room;
  readonly places: Places;
  readonly references: readonly Reference[];
}

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

/** Makes clips in `work`, and runs each command of these names, or every one, undisturbed. Throws where one fails. */
export async function openLab(bin: string, work: string, names?: readonly string[]): Promise<Lab> {
  const corpus = await writeCorpus(work);
  const room = roomAt(join(work, 'room'));
  const places = {
    corpus,
    pruned: join(work, 'pruned'),
    earlier: join(work, 'earlier'),
    output: room.output,
    cache: room.cache,
  };
  const lab = { bin, room, places, references: [] };
  const commands = COMMANDS.filter(({ name }) => names?.includes(name) ?? true);
  const prune = COMMANDS.find(({ name }) => name === 'prune')!;
  for (const [name, manifest] of [
    ['pruned', corpus.manifest],
    ['earlier', corpus.part],
  ] as const) {
    if (!commands.some(({ needs }) => needs?.includes(name))) continue;
    await reference({ ...lab, places: { ...places, corpus: { ...corpus, manifest } } }, prune, undefined);
    await cp(room.output, places[name], { recursive: true });
  }
  const references: Reference[] = [];
  for (const command of commands) {
    references.push(await reference(lab, command, undefined));
    if (!existsSync(room.cache)) continue;
    const cache = join(work, `cache-${command.name}`);
    await cp(room.cache, cache, { recursive: true });
    references.push(await reference(lab, command, cache));
  }
  return { ...lab, references };
}

/** Kills the command of the reference at one or two random moments, and starts it again. */
export async function killedRound(lab: Lab, reference: Reference, random: Random): Promise<Round> {
  await begin(lab, reference);
  const moments: string[] = [];
  let isDisturbed = false;
  for (let left = 1 + random.integer(2); left > 0; left--) {
    const moment = Math.ceil(random.uniform() * reference.milliseconds);
    const { status } = await run(lab, reference.command, [], moment);
    if (status !== null) break;
    isDisturbed = true;
    moments.push(`${moment} ms`);
  }
  const disturbance = isDisturbed ? `killed after ${moments.join(' and ')}` : 'done before it was killed';
  return { name: nameOf(reference), disturbance, isDisturbed, failure: await failureOfNext(lab, reference) };
}

/** Runs the command of the reference with less room on the disk than it needs, and starts it again with more. */
export async function fullRound(lab: Lab, reference: Reference, random: Random, disk: Disk): Promise<Round> {
  await disk.open(lab.room.folder);
  try {
    await begin(lab, reference);
    const [before, after] = reference.bytes;
    const bytes = Math.ceil(random.uniform() * (after - before));
    const prefix = await disk.limit(lab.room.folder, bytes);
    const ended = await run(lab, reference.command, prefix);
    await disk.free(lab.room.folder);
    const isDisturbed = !isDone(ended, reference.command);
    const refusal = isDisturbed ? wrongRefusal(ended) : undefined;
    const left = await leftOver(lab.room);
    return {
      name: nameOf(reference),
      disturbance: isDisturbed ? `${bytes} bytes were free` : 'done: there was room enough',
      isDisturbed,
      failure:
        refusal ??
        (left === undefined ? undefined : `the run that failed left ${left}`) ??
        (await failureOfNext(lab, reference)),
    };
  } finally {
    await disk.close(lab.room.folder);
  }
}

function nameOf({ command, cache }: Reference): string {
  return `${command.name}, ${cache === undefined ? 'empty' : 'full'} cache`;
}

async function begin({ room, places }: Lab, { command, cache }: Reference): Promise<void> {
  await prepare(room, cache, command.intoFolder ? places.pruned : undefined);
}

function run(
  { bin, room, places }: Lab,
  command: KilledCommand,
  prefix: readonly string[] = [],
  killAfter?: number,
): Promise<Ended> {
  return runIn(room, [...prefix, process.execPath, bin, ...command.args(places)], killAfter);
}

/** Whether a run did all its work: 1 is said by one that found something, and by one that failed. */
function isDone({ status, output }: Ended, { statuses = [0] }: KilledCommand): boolean {
  return status !== null && statuses.includes(status) && !/^error: /m.test(output);
}

async function reference(lab: Lab, command: KilledCommand, cache: string | undefined): Promise<Reference> {
  const { room } = lab;
  await begin(lab, { command, cache } as Reference);
  const before = await bytesIn(room.folder);
  const ended = await run(lab, command);
  if (!isDone(ended, command)) throw new Error(`${command.name} ended with ${ended.status}: ${ended.output}`);
  return {
    command,
    cache,
    output: await outputOf(room),
    printed: ended.output,
    milliseconds: ended.milliseconds,
    bytes: [before, await bytesIn(room.folder)],
  };
}

async function outputOf({ output }: Room): Promise<Map<string, string>> {
  return existsSync(output) ? contentOf(output) : new Map();
}

/** Starts a command again, and compares what it leaves and prints with the reference. */
async function failureOfNext(lab: Lab, { command, output, printed }: Reference): Promise<string | undefined> {
  const { room } = lab;
  if (!command.intoFolder && existsSync(room.output)) {
    // It has its name, so it must be whole; the next run needs the name.
    const half = difference(await outputOf(room), output);
    if (half !== undefined) return `the output has its name, but ${half}`;
    await rm(room.output, { recursive: true });
  }
  const ended = await run(lab, command);
  if (!isDone(ended, command)) return `started again it ended with ${ended.status}: ${ended.output}`;
  const differs = difference(await outputOf(room), output);
  if (differs !== undefined) return `in the output ${differs}`;
  // Counts of what came from the cache are others.
  if (withoutNumbers(ended.output) !== withoutNumbers(printed)) return `it printed something else: ${ended.output}`;
  const left = await leftOver(room);
  return left === undefined ? undefined : `${left} is left over`;
}

const withoutNumbers = (text: string) => text.replaceAll(/\d+/g, '#');

/** What is wrong with how a run ended for which the disk was too small. */
function wrongRefusal({ status, output }: Ended): string | undefined {
  if (status !== 1 && status !== 2) return `with the disk full it ended with ${status}: ${output}`;
  if (!/no space left|file too large/.test(output)) return `with the disk full it did not say so: ${output}`;
  return /\n\s+at /.test(output) ? `with the disk full it showed a stack: ${output}` : undefined;
}
