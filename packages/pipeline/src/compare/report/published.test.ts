import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { readPublished } from './published.ts';

describe('published figures', () => {
  let path: string;
  beforeAll(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'refrain-published-')), 'results.json');
  });
  const read = async (content: unknown) => {
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    return readPublished(path);
  };
  const two = {
    'all/test_tag_ap/owl': 0.25,
    'all/test_tag_ap/barn owl': 0.75,
    'all/test_tag_auc/owl': 0.5,
    'all/test_tag_auc/barn owl': 1,
  };

  it('are those of the tags, and their means', async () => {
    expect(await read({ ...two, 'hparams/test_tag_ap_mean': 0.5, 'all/test_clip_ap/owl': 1 })).toEqual({
      file: 'results.json',
      metrics: { 'PR-AUC': 0.5, 'ROC-AUC': 0.75 },
      perTag: { 'PR-AUC': { owl: 0.25, 'barn owl': 0.75 }, 'ROC-AUC': { owl: 0.5, 'barn owl': 1 } },
    });
  });

  it.each([
    ['{', 'is not JSON'],
    [[1], 'must hold a JSON object'],
    [{ 'all/test_tag_ap/owl': 0.5 }, 'has no figure under "all/test_tag_auc/TAG"'],
    [{ ...two, 'all/test_tag_ap/owl': 1.5 }, '"all/test_tag_ap/owl" is 1.5, expected a number from 0 to 1'],
    [{ ...two, 'all/test_tag_ap/owl': '0.5' }, '"all/test_tag_ap/owl" is "0.5"'],
    [{ ...two, 'hparams/test_tag_auc_mean': 0.8 }, 'says a mean test_tag_auc of 0.8, but its 2 tags have 0.75'],
  ])('are refused where the file is of another form: %j', async (content, sentence) => {
    await expect(read(content)).rejects.toThrow(sentence);
  });

  it('are refused where there is no file', async () => {
    await expect(readPublished('nowhere.json')).rejects.toThrow('`published` nowhere.json: cannot be read');
  });
});

describeWithData('seed-runs', 'the figures of the head that CLMR has published', () => {
  it('are read as its README gives them', async () => {
    const { metrics, perTag } = await readPublished(testDataPath('seed-runs', 'results.json'));
    expect(Object.keys(perTag['PR-AUC']!)).toHaveLength(50);
    // 88.5 and 35.4 in the README of the release.
    expect(metrics['ROC-AUC']).toBeCloseTo(0.884541, 6);
    expect(metrics['PR-AUC']).toBeCloseTo(0.353479, 6);
    expect(perTag['PR-AUC']!.rock).toBe(Math.max(...Object.values(perTag['PR-AUC']!)));
  });
});
