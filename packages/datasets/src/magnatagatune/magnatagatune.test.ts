import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, DataError } from '@refrain/core';
import { describeWithData, testDataPath, testDataset } from '@refrain/core/testing';
import { expect, it } from 'vitest';
import { openMagnaTagATune } from './magnatagatune.ts';

describeWithData('music-dev', 'magnatagatune on music-dev', () => {
  const open = () => openMagnaTagATune(testDataPath('music-dev'));
  testDataset(open);

  it('has the clips, labels and tracks of its files', async () => {
    const { clips, classes, task } = await open();
    const count = (split: string) => clips.filter((clip) => clip.split === split).length;
    expect([count('train'), count('valid'), count('test')]).toEqual([209, 30, 67]);
    expect(new Set(clips.map((clip) => clip.groups?.track)).size).toBe(118);
    expect([task, classes.length, classes[0]]).toEqual(['multi-label', 22, 'wesnoth']);
    const clip = clips.find((one) => one.id === '2')!;
    expect(clip.split).toBe('valid');
    expect(clip.labels.map((label) => classes[label])).toEqual(['wesnoth', 'romantic_classical', 'by_doug_kaufman']);
  });

  it('shares no track between splits', async () => {
    const splitOf = new Map<string, string>();
    for (const { split, groups } of (await open()).clips) {
      expect(splitOf.get(groups!.track!) ?? split).toBe(split);
      splitOf.set(groups!.track!, split);
    }
  });

  const copied = async (change: (folder: string) => Promise<void>) => {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-mtt-'));
    await cp(testDataPath('music-dev'), folder, {
      recursive: true,
      filter: (path) => !/music-dev\/(planted|copyright)$/.test(path),
    });
    await change(folder);
    return openMagnaTagATune(folder).finally(() => rm(folder, { recursive: true }));
  };

  it('finds a folder magnatagatune inside the one given', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-mtt-'));
    await cp(testDataPath('music-dev'), join(folder, 'magnatagatune'), { recursive: true });
    expect((await openMagnaTagATune(folder)).clips).toHaveLength(306);
    await rm(folder, { recursive: true });
  });

  it('says what is wrong', async () => {
    await expect(copied((folder) => rm(join(folder, 'audio'), { recursive: true }))).rejects.toThrow(/no audio/);
    await expect(copied((folder) => rm(join(folder, 'val_gt_mtt.tsv')))).rejects.toThrow(ConfigError);
    await expect(copied((folder) => writeFile(join(folder, 'val_gt_mtt.tsv'), '999\t[1.0]\n'))).rejects.toThrow(
      DataError,
    );
    await expect(
      copied((folder) => writeFile(join(folder, 'output_labels_mtt.txt'), "MTT_LABELS = ['one']")),
    ).rejects.toThrow(/22 labels.*1 names/);
    await expect(openMagnaTagATune('/nowhere')).rejects.toThrow(/no folder \/nowhere/);
  });
});
