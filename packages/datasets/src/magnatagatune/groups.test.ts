import { readFileSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { parsePairs } from '../annotations.ts';
import { findGroups, groupsOfFileName } from './groups.ts';

const HEADER = ['clip_id', 'track_number', 'title', 'artist', 'album', 'url', 'segmentStart', 'segmentEnd', 'mp3_path'];
const ROWS = [
  [
    '2',
    '1',
    'Aria, "slow"',
    'Bach-Soloists',
    'Cantatas',
    'http://a',
    '30',
    '59',
    'f/bach-soloists-cantatas-01-aria-30-59.mp3',
  ],
  [
    '6',
    '1',
    'Aria, "slow"',
    'Bach-Soloists',
    'Cantatas',
    'http://a',
    '59',
    '88',
    'f/bach-soloists-cantatas-01-aria-59-88.mp3',
  ],
  ['9', '1', 'Aria, "slow"', 'Bach-Soloists', '', 'http://a', '0', '29', 'f/bach-soloists-other-01-aria-0-29.mp3'],
  ['10', '2', 'Never cut', 'Bach-Soloists', 'Cantatas', 'http://b', '0', '29', ''],
];

async function folderWith(rows: readonly (readonly string[])[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'refrain-info-'));
  const lines = rows.map((row) => row.map((cell) => `"${cell.replaceAll('"', '""')}"`).join('\t'));
  await writeFile(join(folder, 'clip_info_final.csv'), `${lines.join('\n')}\n`);
  return folder;
}

const notices: string[] = [];
const host = { notice: (message: string) => void notices.push(message) };
const PATHS = ROWS.slice(0, 3).map((row) => row.at(-1)!);

describe('groups from clip_info_final.csv', () => {
  it('are track, album and artist', async () => {
    const { groupsOf, file } = await findGroups(await folderWith([HEADER, ...ROWS]), PATHS, host);
    const track = 'Bach-Soloists / Cantatas / 1 / Aria, "slow"';
    expect(file).toBe('clip_info_final.csv');
    expect(PATHS.map(groupsOf)).toEqual([
      { track, album: 'Bach-Soloists / Cantatas', artist: 'Bach-Soloists' },
      { track, album: 'Bach-Soloists / Cantatas', artist: 'Bach-Soloists' },
      { track: 'Bach-Soloists /  / 1 / Aria, "slow"', artist: 'Bach-Soloists' },
    ]);
  });

  it('come from the file names of all clips where one is not in it, or it is not there', async () => {
    const { groupsOf } = await findGroups(await folderWith([HEADER, ...ROWS.slice(1)]), PATHS, host);
    expect(groupsOf(PATHS[0]!)?.track).toBe('bach-soloists-cantatas-01-aria');
    expect(groupsOf(PATHS[1]!)?.track).toBe('bach-soloists-cantatas-01-aria');
    expect(notices).toEqual([expect.stringMatching(/lacks 1 of 3 clips/)]);
    const none = await findGroups(await mkdtemp(join(tmpdir(), 'refrain-info-')), PATHS, host);
    expect(none.groupsOf(PATHS[1]!)?.artist).toBe('bach');
    expect(none.file).toBeUndefined();
  });

  it('need its columns', async () => {
    await expect(findGroups(await folderWith([HEADER.with(3, 'who'), ...ROWS]), PATHS, host)).rejects.toThrow(
      /has no column artist/,
    );
  });
});

describe('groups from file names', () => {
  it('are track, album and artist', () => {
    expect(groupsOfFileName('e/joram-moments_of_clarity-08-solipsism-59-88.mp3')).toEqual({
      track: 'joram-moments_of_clarity-08-solipsism',
      album: 'joram-moments_of_clarity',
      artist: 'joram',
    });
    expect(groupsOfFileName('song.mp3')).toBeUndefined();
  });

  it('take nothing for an artist in names of another form, where a label may stand first', () => {
    expect(groupsOfFileName('3/wesnoth-battle_epic-44-73.mp3')).toEqual({ track: 'wesnoth-battle_epic' });
    expect(groupsOfFileName('rock-0-29.mp3')).toEqual({ track: 'rock' });
  });
});

describeWithData('mtt/pons2017', 'groups of the real index', () => {
  it('are the published 5,405 tracks and 230 artists', () => {
    const paths = parsePairs(readFileSync(testDataPath('mtt', 'pons2017', 'index_mtt.tsv'), 'utf8'), 'index_mtt.tsv');
    const groups = [...paths.values()].map((path) => groupsOfFileName(path));
    expect(paths.size).toBe(25_863);
    expect(new Set(groups.map((one) => one?.track)).size).toBe(5405);
    expect(new Set(groups.map((one) => one?.artist)).size).toBe(230);
    expect(new Set(groups.map((one) => one?.album)).size).toBe(446);
  });
});
