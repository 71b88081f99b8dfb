import { ConfigError, type DataError, refusal } from '@refrain/core';
import type { Table, Wanted } from './table.ts';

/** What a column can say of a clip, where the user can name the column. */
type Role = 'path' | 'id' | 'split' | 'labels' | 'track' | 'album' | 'artist';

// By convention of NeMo, Hugging Face datasets, mirdata and the data sets of music research, the most telling name first.
const CANDIDATES: Readonly<Record<Role, readonly string[]>> = {
  path: 'audio_filepath file_name filename path audio audio_path file file_path filepath mp3_path wav'.split(' '),
  id: ['id', 'clip_id', 'utt_id', 'utterance_id', 'segment_id', 'uid', 'track_id', 'name'],
  split: ['split', 'subset', 'partition'],
  labels: ['tags', 'labels', 'label', 'genres', 'genre', 'class', 'category', 'target', 'y'],
  track: ['track', 'track_id', 'song', 'song_id', 'recording_id'],
  album: ['album', 'album_id', 'release'],
  artist: ['artist', 'artist_id', 'speaker', 'speaker_id', 'client_id'],
};

const ROLES = Object.keys(CANDIDATES) as Role[];

/** Columns with a fixed meaning: where a piece begins in its file and how long it is, in seconds, and the tar file it is in. */
const FIXED = new Set(['offset', 'duration', 'shard_id']);

/** The option that names the column of a role. */
type ColumnOption = `${Role}Column`;

/** The columns the user named; `none`: the role is left out. */
export type ColumnChoice = { readonly [option in ColumnOption]?: string | undefined };

/** Which column plays which role. */
export type Roles = { readonly path: string } & { readonly [role in Role]?: string };

const normal = (name: string) => name.trim().toLowerCase();

/** The columns that can matter under a choice. MD5 columns are those of a mirdata index. */
export function wantedColumns(choice: ColumnChoice): Wanted {
  const named = new Set(Object.values(choice));
  const known = new Set([...Object.values(CANDIDATES).flat(), ...FIXED]);
  return (column) => {
    const name = column.replace(/ md5$/, '');
    return named.has(name) || known.has(normal(name));
  };
}

/** The columns that can hold labels under a choice. */
export function labelColumns({ labelsColumn }: ColumnChoice): Wanted {
  return (column) =>
    labelsColumn === undefined ? CANDIDATES.labels.includes(normal(column)) : column === labelsColumn;
}

/**
 * Finds the columns of a table: those the user named, else by their names, in a fixed order where several would do. A column that plays one
 * role is not guessed for another. `told` says what was found, e.g. `path from column audio_filepath, labels from tags (not genre)`. Throws a ConfigError when a named column is not there, a DataError when no column holds paths.
 */
export function findRoles(
  table: Table,
  choice: ColumnChoice,
  source: string,
): { readonly roles: Roles; readonly told: string } {
  const roles: { [role in Role]?: string } = {};
  const others: { [role in Role]?: string[] } = {};
  for (const role of ROLES) {
    const named = choice[`${role}Column`];
    if (named === undefined || (named === 'none' && role !== 'path')) continue;
    if (!table.columns.includes(named)) throw noSuchColumn(role, named, table.columns);
    roles[role] = named;
  }
  for (const role of ROLES) {
    if (choice[`${role}Column`] !== undefined) continue;
    const taken = new Set(Object.values(roles));
    const [first, ...rest] = candidatesIn(table.columns, role).filter((column) => !taken.has(column));
    if (first !== undefined) roles[role] = first;
    others[role] = rest;
  }
  const { path } = roles;
  if (path === undefined) throw noPaths(table.columns, source);
  return { roles: { ...roles, path }, told: described(roles, others) };
}

function candidatesIn(columns: readonly string[], role: Role): string[] {
  return CANDIDATES[role].flatMap((candidate) => columns.filter((column) => normal(column) === candidate));
}

function described(roles: { [role in Role]?: string }, others: { [role in Role]?: string[] }): string {
  return ROLES.filter((role) => roles[role] !== undefined)
    .map((role, index) => {
      const rest = others[role] ?? [];
      return `${role} from ${index === 0 ? 'column ' : ''}${roles[role]}${rest.length > 0 ? ` (not ${rest.join(', ')})` : ''}`;
    })
    .join(', ');
}

function listed(columns: readonly string[]): string {
  const shown = columns.slice(0, 30).map((column) => JSON.stringify(column));
  return `${shown.join(', ')}${columns.length > shown.length ? ', …' : ''}`;
}

function noSuchColumn(role: Role, named: string, columns: readonly string[]): ConfigError {
  const none = role === 'path' ? '' : ', or none';
  return new ConfigError(
    `dataset.${role}Column`,
    `dataset.${role}Column: the table has no column "${named}". Give one of ${listed(columns)}${none}.`,
  );
}

function noPaths(columns: readonly string[], source: string): DataError {
  return refusal(
    source,
    `expected a column with the paths of the audio files, called ${CANDIDATES.path.join(', ')} or named by dataset.pathColumn. Found ${listed(columns)}.`,
  );
}
