import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { expect, it } from 'vitest';
import { newFolder, refrain } from './refrain.ts';

describeWithData('encoders', 'a CLMR checkpoint as --checkpoint-path', () => {
  const checkpoint = (name: string) => testDataPath('encoders', 'clmr-open', name);

  it('just works, and is the same encoder in every format', async () => {
    const folder = await newFolder();
    for (const name of ['check-6s-22k05.wav', 'check-29s-22k05.wav']) {
      await copyFile(checkpoint(name), join(folder, name));
    }
    const cache = join(folder, 'cache');
    const embed = async (name: string) => {
      const dataset = ['--dataset', 'audio', '--dataset-dir', folder, '--cache-dir', cache];
      const run = await refrain(['embed', ...dataset, '--checkpoint-path', checkpoint(name), '--json']);
      expect(run.status, run.stderr).toBe(0);
      return (JSON.parse(run.stdout) as { encoded: number }).encoded;
    };
    expect(await embed('clmr-open.pt')).toBe(2);
    expect(await embed('clmr-open.ckpt')).toBe(0);
    expect(await embed('clmr-open.safetensors')).toBe(0);
  });

  it('is refused with a reason where it is none', async () => {
    const folder = await newFolder();
    await copyFile(checkpoint('check-6s-22k05.wav'), join(folder, 'a.wav'));
    const file = join(folder, 'model.pt');
    await writeFile(file, 'no checkpoint at all');
    const { status, stderr } = await refrain([
      'embed',
      '--dataset',
      'audio',
      '--dataset-dir',
      folder,
      '--checkpoint-path',
      file,
      '--cache-dir',
      join(folder, 'cache'),
    ]);
    expect(status).toBe(3);
    expect(stderr).toMatch(/model\.pt/);
    expect(stderr).not.toMatch(/ {4}at /);
  });
});
