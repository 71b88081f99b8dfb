import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readAudioFile } from '@refrain/audio';
import type { Dataset, Decoder } from '@refrain/core';
import { describeWithData, testDataPath, testDataset } from '@refrain/core/testing';
import { beforeAll, expect, it } from 'vitest';
import { regionOf } from '../../../tools/documents/markdown.ts';
import { newFolder, refrain } from './refrain.ts';

const EXAMPLES = fileURLToPath(new URL('../../../examples/plugins', import.meta.url));

interface PluginModule {
  openEsc50(folder: string, decoder: Pick<Decoder, 'decode'>): Promise<Dataset>;
}

describeWithData('esc10-dev', 'the plugin of docs/write-a-plugin.md', () => {
  let work: string;
  let code: string;
  let suite: string;
  let index: string;

  beforeAll(async () => {
    work = await newFolder();
    code = regionOf(await readFile(join(EXAMPLES, 'esc50.js'), 'utf8'), undefined);
    suite = regionOf(await readFile(join(EXAMPLES, 'esc50.suite.js'), 'utf8'), undefined);
    await mkdir(join(work, 'node_modules', '@refrain'), { recursive: true });
    const core = fileURLToPath(new URL('../../../packages/core', import.meta.url));
    await symlink(core, join(work, 'node_modules', '@refrain', 'core'));
    await writeFile(join(work, 'package.json'), '{ "type": "module" }');
    await writeFile(join(work, 'esc50.js'), code);
    // Real recordings under the index of ESC-50.
    await mkdir(join(work, 'ESC-50', 'meta'), { recursive: true });
    await symlink(testDataPath('esc10-dev', 'audio'), join(work, 'ESC-50', 'audio'));
    const [, ...rows] = (await readFile(testDataPath('esc10-dev', 'clips.csv'), 'utf8')).trim().split('\n');
    const lines = rows.map((row) => {
      const [file, category, fold, source, take] = row.split(',');
      return `${file},${fold},0,${category},True,${source},${take}`;
    });
    index = ['filename,fold,target,category,esc10,src_file,take', ...lines, ''].join('\n');
    await writeFile(join(work, 'ESC-50', 'meta', 'esc50.csv'), index);
  });

  it('takes under 100 lines, and opens the dataset as it says', async () => {
    expect(code.trim().split('\n').length).toBeLessThan(100);
    const run = await refrain(
      [
        ...['leaks', '--metadata-only', '--plugin', './esc50.js', '--dataset', 'esc50', '--dataset-dir', 'ESC-50'],
        '--json',
      ],
      { cwd: work },
    );
    expect(run.status, run.stderr).toBe(0);
    expect(JSON.parse(run.stdout)).toMatchObject({ splits: { train: 240, valid: 80, test: 80 }, checked: ['track'] });
  });

  it('says what is wrong as it promises', async () => {
    const attempt = async (folder: string) => {
      const args = [
        'leaks',
        '--metadata-only',
        '--plugin',
        './esc50.js',
        '--dataset',
        'esc50',
        '--dataset-dir',
        folder,
      ];
      const { status, stderr } = await refrain(args, { cwd: work });
      return [status, stderr];
    };
    expect(await attempt('nowhere')).toEqual([3, expect.stringMatching(/cannot be read\. Is --dataset-dir/)]);
    await mkdir(join(work, 'broken', 'meta'), { recursive: true });
    await writeFile(join(work, 'broken', 'meta', 'esc50.csv'), index.replace(/,B\n/, '\n'));
    expect(await attempt('broken')).toEqual([3, expect.stringMatching(/line \d+: expected 7 columns/)]);
  });

  it('is tested by the suite as it is written there', () => {
    // Run below, on other recordings than those of its fixtures.
    expect(suite).toContain("testDataset(() => openEsc50('fixtures/esc50', { decode: readAudioFile }))");
  });

  testDataset(async () => {
    const { openEsc50 } = (await import(join(work, 'esc50.js'))) as PluginModule;
    return openEsc50(join(work, 'ESC-50'), { decode: readAudioFile });
  });
});
