import { ConfigError, DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { type ColumnChoice, findRoles, wantedColumns } from './columns.ts';
import type { Table } from './table.ts';

const find = (columns: string[], choice: ColumnChoice = {}) =>
  findRoles({ columns, rowCount: 1, values: new Map(), where: () => '' } satisfies Table, choice, 'folder/t.csv');

describe('the roles of columns', () => {
  it('go by convention', () => {
    expect(find(['text', 'audio_filepath', 'duration', 'speaker']).roles).toEqual({
      path: 'audio_filepath',
      artist: 'speaker',
    });
    expect(find([' File_Name ', 'Genre']).roles).toEqual({ path: ' File_Name ', labels: 'Genre' });
  });

  it('are told, with the columns that would do too', () => {
    expect(find(['path', 'genre', 'audio_filepath', 'tags']).told).toBe(
      'path from column audio_filepath (not path), labels from tags (not genre)',
    );
  });

  it('do not share a column: a track id is an id only where there is none', () => {
    expect(find(['track_id', 'path']).roles).toEqual({ path: 'path', id: 'track_id' });
    expect(find(['track_id', 'path', 'clip_id']).roles).toEqual({ path: 'path', id: 'clip_id', track: 'track_id' });
    expect(find(['track_id', 'path'], { trackColumn: 'track_id' }).roles).toEqual({ path: 'path', track: 'track_id' });
  });

  it('can be named, or left out', () => {
    const columns = ['wav', 'subset', 'mood', 'genre'];
    expect(find(columns, { splitColumn: 'none', labelsColumn: 'mood', pathColumn: 'wav' }).roles).toEqual({
      path: 'wav',
      labels: 'mood',
    });
    expect(() => find(columns, { idColumn: 'key' })).toThrow(ConfigError);
    expect(() => find(columns, { idColumn: 'key' })).toThrow(/idColumn: .*no column "key".*"wav", "subset"/);
  });

  it('need one for the paths', () => {
    expect(() => find(['a', 'b'])).toThrow(DataError);
    expect(() => find(['a', 'b'])).toThrow(/folder\/t.csv: .*audio_filepath.*dataset.pathColumn. Found "a", "b"/);
  });

  it('decide which columns are read', () => {
    const wanted = wantedColumns({ labelsColumn: 'mood' });
    expect(['mood', 'Path', 'offset', 'audio md5', 'text', 'md5'].filter(wanted)).toEqual([
      'mood',
      'Path',
      'offset',
      'audio md5',
    ]);
  });
});
