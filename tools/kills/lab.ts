import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { COMMANDS, type KilledCommand, type Places } from './commands.ts';
import { CORPORA } from './corpus.ts';
import {
  bytesIn,
  contentOf,
  difference,
  type Ended,
  foreignOrHalf,
  leftOver,
  prepare,
  type Room,
  roomAt,
  runIn,
} from './room.ts';

/** What a command does when nothing disturbs it, on an empty cache or on one that has all it needs. */
export interface Reference {
  readonly command: KilledCommand;
  readonly cache: string | undefined;
  readonly output: ReadonlyMap<string, string>;
  readonly printed: string;
  readonly milliseconds: number;
  /** How often it changes something in the file system. */
  readonly changes: number;
  /** Of all files in the room, before and after. */
  readonly bytes: readonly [before: number, after: number];
}

/** A command that begins with an empty cache, or with one that has all it needs, where it keeps any. */
export interface Case {
  readonly command: KilledCommand;
  readonly isCached: boolean;
}

/** A room, and what commands do in it undisturbed. */
export interface Lab {
  /** The program, for node. */
  readonly bin: string;
  readonly work: string;
  readonly room: Room;
  readonly places: Places;
  /** What `pruned` holds. */
  readonly pruned: ReadonlyMap<string, string>;
  readonly cases: readonly Case[];
  /** What is known already. */
  readonly references: Map<Case, Reference>;
}

const inHere = import.meta.url.endsWith('.ts') ? '.' : '..';

/** What is loaded before a command that is killed at a change. */
const BREAK_OFF = new URL(`${inHere}/breakOff.mjs`, import.meta.url).href;

/** What is done to a command while it runs. */
export interface Disturbance {
  /** What it is begun with, before its own words. */
  readonly prefix?: readonly string[];
  /** It is killed after so many milliseconds. */
  readonly killAfter?: number;
  /** It is killed at the change of the file system with this number, from 1. */
  readonly breakAt?: number;
}

/** Writes the set of this name in `work`, and the folders that commands of these names, or every one, read. Throws where that fails. */
export async function openLab(
  bin: string,
  work: string,
  { corpus: name = 'generated', commands: names }: { readonly corpus?: string; readonly commands?: readonly string[] },
): Promise<Lab> {
  const write = CORPORA[name];
  if (write === undefined) throw new Error(`There is no set ${name}, but ${Object.keys(CORPORA).join(', ')}.`);
  const corpus = await write(join(work, 'set'));
  const room = roomAt(join(work, 'room'));
  const places = {
    corpus,
    pruned: join(work, 'pruned'),
    earlier: join(work, 'earlier'),
    output: room.output,
    cache: room.cache,
  };
  const lab = { bin, work, room, places, pruned: new Map(), references: new Map() };
  const commands = COMMANDS.filter(({ name }) => names?.includes(name) ?? true);
  const prune = COMMANDS.find(({ name }) => name === 'prune')!;
  for (const [name, manifest] of [
    ['pruned', corpus.manifest],
    ['earlier', corpus.part],
  ] as const) {
    if (!commands.some(({ needs }) => needs?.includes(name))) continue;
    const at = { ...places, corpus: { ...corpus, manifest } };
    await undisturbed({ ...lab, cases: [], places: at }, prune, undefined);
    await cp(room.output, places[name], { recursive: true });
  }
  const pruned = existsSync(places.pruned) ? await contentOf(places.pruned) : new Map();
  const cases = commands.flatMap((command) => [false, true].map((isCached) => ({ command, isCached })));
  return { ...lab, cases, pruned };
}

/** What a command leaves undisturbed, which is run for that when it is asked for first. Throws where it fails. */
export async function referenceOf(lab: Lab, asked: Case): Promise<Reference> {
  const known = lab.references.get(asked);
  if (known !== undefined) return known;
  const { command, isCached } = asked;
  const cache = isCached ? join(lab.work, `cache-${command.name}`) : undefined;
  if (cache !== undefined && !existsSync(cache)) {
    await undisturbed(lab, command, undefined);
    await (existsSync(lab.room.cache) ? cp(lab.room.cache, cache, { recursive: true }) : mkdir(cache));
  }
  const reference = await undisturbed(lab, command, cache);
  lab.references.set(asked, reference);
  return reference;
}

/** Empties the room, and puts into it what the command of the reference begins with. */
export async function begin(
  { room, places }: Lab,
  { command, cache }: Pick<Reference, 'command' | 'cache'>,
): Promise<void> {
  await prepare(room, cache, command.intoFolder ? places.pruned : undefined);
}

/** Runs a command in the room, or with these places. */
export function run(
  { bin, room, places }: Pick<Lab, 'bin' | 'room' | 'places'>,
  command: KilledCommand,
  { prefix = [], killAfter, breakAt }: Disturbance = {},
): Promise<Ended> {
  const watched = breakAt === undefined ? [] : ['--import', BREAK_OFF];
  const variables = breakAt === undefined ? {} : { REFRAIN_BREAK_AT: String(breakAt) };
  return runIn(room, [...prefix, process.execPath, ...watched, bin, ...command.args(places)], killAfter, variables);
}

/** Whether a run did all its work: 1 is said by one that found something, and by one that failed. */
export function isDone({ status, output }: Ended, { statuses = [0] }: KilledCommand): boolean {
  return status !== null && statuses.includes(status) && !/^error: /m.test(output);
}

async function undisturbed(lab: Lab, command: KilledCommand, cache: string | undefined): Promise<Reference> {
  const { bin, room, places } = lab;
  await begin(lab, { command, cache });
  const before = await bytesIn(room.folder);
  const count = `${room.folder}.changes`;
  const argv = [process.execPath, '--import', BREAK_OFF, bin, ...command.args(places)];
  const ended = await runIn(room, argv, undefined, { REFRAIN_COUNT_CHANGES: count });
  if (!isDone(ended, command)) throw new Error(`${command.name} ended with ${ended.status}: ${ended.output}`);
  return {
    command,
    cache,
    output: await outputOf(room),
    printed: ended.output,
    milliseconds: ended.milliseconds,
    changes: Number(await readFile(count, 'utf8')),
    bytes: [before, await bytesIn(room.folder)],
  };
}

/** What is in the output now. */
export async function outputOf({ output }: Room): Promise<Map<string, string>> {
  return existsSync(output) ? contentOf(output) : new Map();
}

/** What in the room is not whole although it has its final name, or nobody's; undefined where there is nothing. */
export async function halfDone({ room, pruned }: Lab, { command, output }: Reference): Promise<string | undefined> {
  for (const [name, text] of existsSync(room.output) ? await contentOf(room.output) : []) {
    if (/(^|\/)\.refrain-/.test(name)) continue;
    const before = command.intoFolder ? pruned.get(name) : undefined;
    if (text !== output.get(name) && text !== before) return `in the output ${name} has its name, but is another`;
  }
  if (!command.intoFolder && existsSync(room.output)) {
    // A folder or file that is made in one go is whole as soon as it has its name.
    const half = difference(await outputOf(room), output);
    if (half !== undefined) return `the output has its name, but ${half}`;
  }
  return foreignOrHalf(room);
}

/** Starts a command again, and compares what it leaves and prints with the reference. */
export async function failureOfNext(lab: Lab, expected: Reference): Promise<string | undefined> {
  const { command, output, printed } = expected;
  const { room } = lab;
  const half = await halfDone(lab, expected);
  if (half !== undefined) return half;
  // The next run needs the name.
  if (!command.intoFolder) await rm(room.output, { recursive: true, force: true });
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

/** The name of a command with its set and its cache. */
export function nameOf({ places }: Lab, { command, cache }: Reference): string {
  return `${command.name} of ${places.corpus.name}, ${cache === undefined ? 'empty' : 'full'} cache`;
}
