import { readFileSync } from 'node:fs';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { parsePairs } from '../musicnn/annotations.ts';
import { groupsOfFileName } from './fileName.ts';

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
