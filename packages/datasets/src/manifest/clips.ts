import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clip, type ClipGroups, ConfigError, DataError, refusal, type Split } from '@refrain/core';
import { refuseRepeated } from '../loading.ts';
import { pieceOf } from './clipAudio.ts';
import type { Roles } from './columns.ts';
import { md5ColumnOf } from './json.ts';
import type { TableLabels } from './labels.ts';
import { isMissing } from './parseList.ts';
import { isEmpty, type Table } from './table.ts';

/** What the clips of a table are made from. */
export interface ClipSource {
  readonly table: Table;
  readonly roles: Roles;
  readonly labels: TableLabels;
  /** Where relative paths begin. */
  readonly audioDir: string;
  /** The manifest's path, for messages. */
  readonly source: string;
}

type Mutable<T> = { -readonly [key in keyof T]: T[key] };

const SPLITS: ReadonlyMap<string, Split> = new Map([
  ...['train', 'training'].map((name) => [name, 'train'] as const),
  ...['valid', 'validation', 'val', 'dev'].map((name) => [name, 'valid'] as const),
  ...['test', 'testing', 'eval'].map((name) => [name, 'test'] as const),
]);

/**
 * A clip per row, in their order. Without a column of ids the path is the id, for a piece with `@START+SECONDS` behind it; pieces without a
 * track belong to the track that is their file. Throws a DataError that names the row without a path, with a path that is none, with an
 * unknown split, with a piece that is none, or the two rows with the same id.
 */
export function clipsOf({ table, roles, labels, audioDir, source }: ClipSource): Clip[] {
  const at = (role: keyof Roles) => (roles[role] === undefined ? undefined : table.values.get(roles[role]));
  const columns = { path: at('path')!, id: at('id'), split: at('split'), shard: table.values.get('shard_id') };
  const pieces = pieceColumns(table);
  const groupsAt = groupsIn([at('track'), at('album'), at('artist')]);
  // One for all rows: a million closures would cost more than the clips.
  let current = 0;
  const refuse = (reason: string): never => {
    throw new DataError(source, `${source}, ${table.where(current)}: ${reason}`);
  };
  return Array.from({ length: table.rowCount }, (_, row) => {
    current = row;
    const { name, path } = locateAudio(checkedPath(columns.path[row], columns.shard?.[row], refuse), audioDir);
    // What reads a table puts this character in place of bytes that are no text.
    if (name.includes('\uFFFD') && !existsSync(path))
      refuse(`the path ${name.slice(0, 200)} had bytes that are not UTF-8. Rename the file.`);
    const piece = pieceOf(pieces?.offset[row], pieces?.duration[row], refuse);
    const nameOfPiece = piece === undefined ? name : `${name}@${piece.start}+${piece.seconds}`;
    const groups = groupsAt(row, piece === undefined ? undefined : name);
    const clip: Mutable<Clip> = {
      id: columns.id === undefined ? nameOfPiece : idOf(columns.id[row], refuse),
      path,
      split: columns.split === undefined ? 'train' : splitOf(columns.split[row], refuse),
      labels: labels.labels[row]!,
    };
    if (groups !== undefined) clip.groups = groups;
    if (piece !== undefined) clip.piece = piece;
    return clip;
  });
}

/** Throws a DataError that names both rows when an id stands there twice. */
export function refuseSameIds(clips: readonly Clip[], table: Table, roles: Roles, source: string): void {
  refuseRepeated(clips, (clip, earlier) => {
    const advice =
      roles.id === undefined
        ? `Ids are the values of ${roles.path}, as there is no column of ids.`
        : `Ids are from the column ${roles.id}; dataset.idColumn names another, or none for the paths.`;
    const [first, second] = [earlier, clip].map((one) => table.where(clips.indexOf(one)));
    return refusal(source, `${first} and ${second} have the same id, ${clip.id.slice(0, 200)}. ${advice}`);
  });
}

/** The MD5 of each clip's file by clip id, as far as the table has them. A ConfigError where it has none. */
export function md5sOf(clips: readonly Clip[], table: Table, roles: Roles, source: string): Map<string, string> {
  const sums = new Map<string, string>();
  const column = table.values.get(md5ColumnOf(roles.path));
  if (column === undefined)
    throw new ConfigError('dataset.checkMd5', `dataset.checkMd5: ${source} is no index of mirdata and has no MD5.`);
  for (const [row, value] of column.entries()) if (typeof value === 'string') sums.set(clips[row]!.id, value);
  return sums;
}

/** The columns that say which piece of its file a clip is; undefined where there are not both. */
export function pieceColumns({ values }: Table) {
  const [offset, duration] = [values.get('offset'), values.get('duration')];
  return offset === undefined || duration === undefined ? undefined : { offset, duration };
}

function checkedPath(value: unknown, shard: unknown, refuse: (reason: string) => never): string {
  const path = textOf(value) ?? refuse('has no path.');
  if (path.trim() === '') return refuse('has no path.');
  const isFile = /^\s*file:(?:\/{3}|\/(?!\/)|\/\/localhost\/)/i.test(path);
  if (!isFile && /^(?:pipe:|\s*[a-z][a-z0-9+.-]+:\/?\/)/i.test(path))
    return refuse(
      `${path.slice(0, 200)} is an address; only files are read. Fetch the audio first and give its paths.`,
    );
  if (path.trimEnd().endsWith('|'))
    return refuse(`${path.slice(0, 200)} is a command; nothing is ever run. Give the path of an audio file.`);
  if (!isEmpty(shard) || /\.(tar|tgz|tar\.gz)$/i.test(path))
    return refuse(`${path.slice(0, 200)} is in a tar file; unpack it and give the paths of the audio files.`);
  if (path.includes('\0')) return refuse('the path has a character of code 0.');
  if (/\p{Surrogate}/u.test(path))
    return refuse(`the path ${withBytes(path)} has bytes that are not UTF-8. Rename the file.`);
  return path;
}

/** A text in which Python kept bytes that are no UTF-8 as halves of surrogate pairs (PEP 383), with those as `\xe9`. */
function withBytes(path: string): string {
  return path.slice(0, 200).replace(/\p{Surrogate}/gu, (half) => `\\x${(half.charCodeAt(0) & 0xff).toString(16)}`);
}

/** Where the audio of a row is, and what its path is called where that is the id of the clip. */
interface AudioPath {
  readonly name: string;
  readonly path: string;
}

// Only these can be meant otherwise than they stand there: to look for every file of a large table would take long.
const AMBIGUOUS = /^\s|\s$|\\|^file:|[^ -~]/i;

/**
 * The file that a path of a table means. As it stands, if that is there; else without blanks around it, as a file: address, with `\` between
 * folders, or in the other form of Unicode (NFC, NFD), whichever is there first. Relative paths begin in `audioDir`. Where nothing is there, it is as it
 * stands, an address as its path.
 */
export function locateAudio(written: string, audioDir: string): AudioPath {
  const inFolder = (name: string) => (isAbsolute(name) ? name : join(audioDir, name));
  if (!AMBIGUOUS.test(written)) return { name: written, path: inFolder(written) };
  const readings = readingsOf(written);
  const there = readings.find((reading) => existsSync(inFolder(reading)));
  const isOther = there !== undefined && there !== written;
  return { name: isOther ? written.trim() : written, path: inFolder(there ?? readings[0]!) };
}

function readingsOf(written: string): string[] {
  const trimmed = written.trim();
  const plain = /^file:/i.test(trimmed) ? [pathOfAddress(trimmed)] : [written, trimmed];
  const slashed = plain.map((path) => path.replaceAll('\\', '/'));
  const forms = [...plain, ...slashed].flatMap((path) => [path, path.normalize('NFC'), path.normalize('NFD')]);
  return [...new Set([...plain, ...forms])];
}

/** The path of a file: address, also of one whose characters are not escaped; an address of another machine stays as it is. */
function pathOfAddress(address: string): string {
  try {
    return fileURLToPath(address);
  } catch {
    return address;
  }
}

function idOf(value: unknown, refuse: (reason: string) => never): string {
  // Beyond 2^53 a float64 has been rounded, and another one may have been rounded to the same.
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
    return refuse(
      `its id is a floating point number, ${value}, of which digits are lost. Save ids as text or integers.`,
    );
  return textOf(value) ?? refuse('has no id.');
}

function splitOf(value: unknown, refuse: (reason: string) => never): Split {
  const text = textOf(value)?.trim().toLowerCase();
  const split = text === undefined ? undefined : SPLITS.get(text);
  if (split !== undefined) return split;
  const found = text === undefined ? 'nothing' : `"${textOf(value)!.slice(0, 60)}"`;
  return refuse(
    `expected the split train, valid or test, found ${found}. If the column means something else, dataset.splitColumn names the right one, or none.`,
  );
}

function groupsIn([tracks, albums, artists]: readonly (readonly unknown[] | undefined)[]) {
  return (row: number, otherwise: string | undefined): ClipGroups | undefined => {
    const track = tracks === undefined ? otherwise : nameOf(tracks[row]);
    const album = nameOf(albums?.[row]);
    const artist = nameOf(artists?.[row]);
    if (track === undefined && album === undefined && artist === undefined) return undefined;
    const groups: Mutable<ClipGroups> = {};
    if (track !== undefined) groups.track = track;
    if (album !== undefined) groups.album = album;
    if (artist !== undefined) groups.artist = artist;
    return groups;
  };
}

/** A value as the name of a group: without blanks around it; undefined for what stands for a missing one. */
function nameOf(value: unknown): string | undefined {
  const name = textOf(value)?.trim();
  return name === undefined || name === '' || isMissing(name) ? undefined : name;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : undefined;
}
