import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clip, ConfigError, DataError } from '@refrain/core';
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

  it('gives its files without the clips that are not kept, and reads them again', async () => {
    const dataset = await open();
    const kept = dataset.clips.filter(({ split }, i) => split !== 'train' || i % 3 === 0);
    const files = await dataset.filteredFiles!(new Set(kept.map(({ id }) => id)));
    const again = await copied(async (folder) => {
      for (const { name, content } of files) await writeFile(join(folder, name), content);
    });
    const withoutPaths = ({ path: _, ...clip }: Clip) => clip;
    expect(again.clips.map(withoutPaths)).toEqual(kept.map(withoutPaths));
    expect(files.map(({ name }) => name).sort()).toEqual([
      'index_mtt.tsv',
      'output_labels_mtt.txt',
      'test_gt_mtt.tsv',
      'train_gt_mtt.tsv',
      'val_gt_mtt.tsv',
    ]);
    for (const { name, content } of files) {
      const before = readFileSync(testDataPath('music-dev', name), 'utf8').split('\n');
      const after = Buffer.from(content).toString().split('\n');
      if (name !== 'train_gt_mtt.tsv') expect(after).toEqual(before);
      else
        expect(after).toEqual(
          before.filter((line) => line === '' || kept.some(({ id }) => line.startsWith(`${id}\t`))),
        );
    }
  });

  it('says what is wrong', async () => {
    const silent = await copied((folder) => rm(join(folder, 'audio'), { recursive: true }));
    expect(silent.missingAudio).toMatch(/no audio: looked for .* in it, in mp3\/ and in audio\/, and for mp3\.zip/);
    await expect(copied((folder) => rm(join(folder, 'val_gt_mtt.tsv')))).rejects.toThrow(ConfigError);
    await expect(copied((folder) => writeFile(join(folder, 'val_gt_mtt.tsv'), '999\t[1.0]\n'))).rejects.toThrow(
      DataError,
    );
    await expect(
      copied((folder) => writeFile(join(folder, 'output_labels_mtt.txt'), "MTT_LABELS = ['one']")),
    ).rejects.toThrow(/train_gt_mtt\.tsv, line 1: expected 1 labels, found 22/);
    await expect(openMagnaTagATune('/nowhere')).rejects.toThrow(/no folder \/nowhere/);
    const clean = openMagnaTagATune(testDataPath('music-dev'), { splitName: 'clean', tags: 'all' });
    await expect(clean).rejects.toThrow(/^dataset\.tags: all goes with dataset\.splitName pons2017/);
  });
});
