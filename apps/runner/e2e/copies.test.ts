import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import type { RemovedRecord } from '@refrain/pruned-dataset';
import { beforeAll, expect, it } from 'vitest';
import { jsonLines, newFolder, SHARED_CACHE } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

describeWithData('field-cases/audio', 'copies in a folder of audio', () => {
  let work: string;
  let clips: string;
  const audio = () => [
    '--dataset',
    'audio',
    '--dataset-dir',
    clips,
    '--cache-dir',
    SHARED_CACHE,
    '--workers',
    '1',
    '--quiet',
  ];
  const prune = async (name: string, ...options: string[]) => {
    const output = join(work, name);
    const { status, stderr } = await refrainHere(['prune', ...audio(), ...options, '--output', output]);
    expect([status, stderr]).toEqual([0, expect.any(String)]);
    return jsonLines<RemovedRecord>(join(output, 'removed.jsonl'));
  };

  beforeAll(async () => {
    work = await newFolder();
    clips = join(work, 'clips');
    await mkdir(clips);
    const source = testDataPath('field-cases', 'audio');
    for (const name of await readdir(source)) await copyFile(join(source, name), join(clips, name));
    await copyFile(join(source, 'c03.wav'), join(clips, 'd03.wav'));
    for (let copy = 1; copy <= 6; copy++) await copyFile(join(source, 'c05.wav'), join(clips, `c05 again ${copy}.wav`));
  });

  it('go, all but one of each, and each names the one that stays', async () => {
    const removed = await prune('first', '--t', '0');
    const sets = [
      ['c03.wav', 'd03.wav'],
      ['c05.wav', ...[1, 2, 3, 4, 5, 6].map((copy) => `c05 again ${copy}.wav`)],
    ];
    for (const set of sets) {
      const gone = removed.filter(({ id }) => set.includes(id));
      expect(gone).toHaveLength(set.length - 1);
      const [left] = set.filter((id) => !gone.some((one) => one.id === id));
      for (const { level, partner_id } of gone) expect([level, partner_id]).toEqual(['identical', left]);
    }
    expect(removed).toHaveLength(7);
  });

  it('go when they are added later, too, and the folder verifies', async () => {
    await copyFile(join(clips, 'c07.wav'), join(clips, 'a07.wav'));
    const removed = await prune('second', '--base', join(work, 'first'));
    // Its name comes first, but what was kept stays.
    expect(removed.filter(({ run }) => run === undefined)).toMatchObject([
      { id: 'a07.wav', partner_id: 'c07.wav', level: 'identical' },
    ]);
    expect(removed).toHaveLength(8);
    const { status, stdout } = await refrainHere(['verify', join(work, 'second')]);
    expect([status, stdout]).toEqual([0, expect.stringContaining('the same clips stay')]);
  });
});
