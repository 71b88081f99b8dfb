import { copyFile, cp, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { describe, expect, it } from 'vitest';
import { SHARED_CACHE } from '../../apps/runner/e2e/refrain.ts';
import { walk } from './walk.ts';

const COPY = 'a copy of one of them.ogg';

const linkMusic = (folder: string) => symlink(testDataPath('music-dev'), join(folder, 'music-dev'));

describeWithData('music-dev', 'what the pages say is so', () => {
  it.each([
    'docs/tasks/duplicates.md',
    'docs/tasks/paper.md',
    'docs/tasks/own-embeddings.md',
    'docs/tasks/which-t.md',
    'docs/tasks/moving.md',
  ])('%s', async (page) => {
    await walk(page, SHARED_CACHE, linkMusic);
  });

  it('docs/tasks/leaks.md', async () => {
    const folder = await walk('docs/tasks/leaks.md', SHARED_CACHE, async (work) => {
      await linkMusic(work);
      await writeFile(join(work, 'clips.csv'), await splitByClip());
    });
    expect((await readdir(join(folder, 'found'))).sort()).toEqual([
      'drop_from_train.txt',
      'leaks.jsonl',
      'report.html',
    ]);
  });

  it('docs/run-file.md', async () => {
    await walk('docs/run-file.md', SHARED_CACHE, async (work) => {
      await linkMusic(work);
      await copyFile(join(import.meta.dirname, '..', '..', 'docs', 'run.json'), join(work, 'run.json'));
    });
  });
});

/** The clips of music-dev as a manifest whose split goes by the clip, every fifth to test, so that tracks are in two of them. */
async function splitByClip(): Promise<string> {
  const [, ...lines] = (await readFile(testDataPath('music-dev', 'clips.csv'), 'utf8')).trim().split('\n');
  const rows = lines.map((line, i) => {
    const [id, path, , track] = line.split(',');
    return `${id},music-dev/audio/${path},${track},${i % 5 === 0 ? 'test' : 'train'}`;
  });
  return ['id,path,track,split', ...rows, ''].join('\n');
}

describe('the first page', () => {
  describeWithData('esc10-dev', 'on sounds of a few seconds', () => {
    it('README.md', async () => {
      const folder = await walk('README.md', SHARED_CACHE, async (work) => {
        await cp(testDataPath('esc10-dev', 'audio', 'baby_cry'), join(work, 'clips'), { recursive: true });
        const [sound] = (await readdir(join(work, 'clips'))).sort();
        await copyFile(join(work, 'clips', sound!), join(work, 'clips', COPY));
      });
      const [clips, kept] = await Promise.all(['clips', 'kept'].map((name) => readdir(join(folder, name))));
      expect(clips!.filter((name) => !kept!.includes(name))).toHaveLength(clips!.length - kept!.length);
      expect(kept!.length).toBeLessThan(clips!.length);
    });
  });
});
