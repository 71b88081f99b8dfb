import { DataError } from '@refrain/core';
import { describe, expect, it } from 'vitest';
import { flattenLhotse } from './lhotse.ts';

const recording = {
  id: 'rec-1',
  sources: [{ type: 'file', channels: [0], source: 'audio/rec-1.flac' }],
  sampling_rate: 16_000,
  num_samples: 160_000,
  duration: 10.0,
};
const cut = {
  id: 'cut-1',
  start: 2.5,
  duration: 3.0,
  channel: 0,
  supervisions: [{ id: 's', speaker: 'ann' }],
  custom: { genre: 'jazz' },
  recording,
  type: 'MonoCut',
};
const flat = (row: Record<string, unknown>) => flattenLhotse(row, () => 'cuts.jsonl, line 7', 'cuts.jsonl');

describe('rows of Lhotse', () => {
  it('become fields', () => {
    expect(flat(recording)).toEqual({ id: 'rec-1', path: 'audio/rec-1.flac' });
    expect(flat(cut)).toEqual({
      id: 'cut-1',
      path: 'audio/rec-1.flac',
      offset: 2.5,
      duration: 3,
      speaker: 'ann',
      genre: 'jazz',
    });
  });

  it('name a speaker only where there is one', () => {
    expect(flat({ ...cut, supervisions: [{ speaker: 'ann' }, { speaker: 'bo' }] })).not.toHaveProperty('speaker');
    expect(flat({ ...cut, supervisions: [] })).not.toHaveProperty('speaker');
  });

  it('are told from other rows', () => {
    const row = { audio_filepath: 'a.wav', sources: 'web', type: 'song', recording: 'live' };
    expect(flat(row)).toBe(row);
  });

  it('of all channels of a file are taken, of some refused', () => {
    const stereo = { ...recording, sources: [{ ...recording.sources[0], channels: [0, 1] }] };
    expect(flat({ ...cut, recording: stereo, channel: [0, 1], type: 'MultiCut' })).toHaveProperty('path');
    expect(() => flat({ ...cut, recording: stereo, channel: 1 })).toThrow(/1 of the 2 channels/);
  });

  const source = (changed: object) => ({ ...recording, sources: [{ ...recording.sources[0], ...changed }] });
  it.each([
    [source({ type: 'command', source: 'rm -rf x |' }), /"command"; only "file" is read, nothing is run/],
    [source({ type: 'url', source: 'https://x.org/a.wav' }), /"url"/],
    [{ ...recording, sources: [] }, /one source, found 0/],
    [{ ...recording, transforms: [{ name: 'Speed' }] }, /transformed/],
    [{ ...cut, recording: source({ type: 'memory' }) }, /"memory"/],
    [{ ...cut, recording: undefined }, /no recording/],
    [{ id: 'm', type: 'MixedCut', tracks: [] }, /MixedCut/],
    [{ id: 'p', type: 'PaddingCut' }, /PaddingCut/],
  ])('are refused: %j', (row, message) => {
    expect(() => flat(row)).toThrow(DataError);
    expect(() => flat(row)).toThrow(message);
    expect(() => flat(row)).toThrow(/cuts.jsonl, line 7: /);
  });
});
