import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, writeNpyIntegers } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readEmbeddings, readFolder, readPrunedDataset } from './read.ts';
import { METADATA } from './testing/metadata.ts';
import { type FolderContent, writeFolder } from './write.ts';

const clip = (id: string) => ({ id, position: 'ab'.indexOf(id), labels: [], group: 0 });
const CONTENT: FolderContent = {
  clips: [clip('a'), clip('b')],
  embeddings: { data: Float32Array.of(1, 0, 1, 0), rows: 2, cols: 2 },
  labels: [0, 0],
  probabilities: [1, 1],
  keep: [0],
  removed: [{ id: 'b', cluster: 0, group: 0, level: 'redundant', partner_id: 'a', similarity: 1, theta: 0.9 }],
  bad: [],
  metadata: { ...METADATA, original_size: 2, pruned_size: 1 },
};

describe('a pruned dataset folder that is read', () => {
  let work: string;
  let folder: string;
  let copies = 0;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'refrain-read-'));
    folder = await writeFolder(join(work, 'pruned'), CONTENT);
  });

  const changed = async (name: string, change: (text: string) => string) => {
    const copy = join(work, `copy-${copies++}`);
    await cp(folder, copy, { recursive: true });
    await writeFile(join(copy, name), change(await readFile(join(copy, name), 'utf8')));
    return copy;
  };

  it('comes back', async () => {
    expect((await readPrunedDataset(folder)).removed).toEqual(CONTENT.removed);
  });

  it.each([
    [
      'removed.jsonl',
      (text: string) => text.replace('"similarity":1', '"similarity":"1"'),
      /removed\.jsonl, line 1: "similarity"/,
    ],
    ['clips.jsonl', (text: string) => text.replace('"labels":[]', '"labels":null'), /clips\.jsonl, line 1: "labels"/],
    [
      'metadata.json',
      (text: string) => text.replace(/"settings": \{[^}]*\}/, '"settings": null'),
      /metadata\.json: "settings"/,
    ],
    ['metadata.json', () => 'null', /metadata\.json is no JSON object/],
    ['metadata.json', () => '[]', /metadata\.json is no JSON object/],
  ])('is refused where %s has something else in it', async (name, change, message) => {
    const copy = await changed(name, change);
    await expect(readFolder(copy)).rejects.toSatisfy(
      (error) => error instanceof DataError && message.test(error.message),
    );
  });

  it('is refused by those who go on from it where its files do not fit each other', async () => {
    const partner = await changed('removed.jsonl', (text) => text.replace('"partner_id":"a"', '"partner_id":"c"'));
    await expect(readPrunedDataset(partner)).rejects.toThrow(/clip b: its partner c is not a kept clip/);
    const beyond = await changed('clips.jsonl', (text) => text);
    await writeNpyIntegers(join(beyond, 'indices_to_keep.npy'), [7]);
    await expect(readPrunedDataset(beyond)).rejects.toThrow(/names position 7, but there are 2 clips/);
  });

  it('is refused where a position, a row or the manifest is another', async () => {
    const moved = await changed('clips.jsonl', (text) => text.replace('"position":1', '"position":0'));
    await expect(readPrunedDataset(moved)).rejects.toThrow(/clip b: its "position" is 0, but it is line 1 of clips/);
    const row = await changed('clips.jsonl', (text) => text.replace(/"embedding_hash":"../, '"embedding_hash":"xx'));
    await expect(readEmbeddings(await readPrunedDataset(row))).rejects.toThrow(
      /clip a: its row 0 of .*embeddings\.npy/,
    );
    const manifest = await changed('manifest.parquet', (text) => `${text} `);
    await expect(readPrunedDataset(manifest)).rejects.toThrow(/manifest\.parquet is not the file that was written/);
  });

  it('says which Refrain is needed for a format that this one does not know', async () => {
    const to = (format: string, version = '0.1.0') =>
      changed('metadata.json', (text) =>
        text.replace('"format": 2', `"format": ${format}`).replace('"refrain": "0.1.0"', `"refrain": "${version}"`),
      );
    await expect(readFolder(await to('99', '7.3.0'))).rejects.toThrow(
      /metadata\.json: "format" is 99; expected 1 .* or 2.*Refrain 7\.3\.0 that wrote it, or a later one/,
    );
    for (const format of ['1', '"2"', 'null', '{}', '[2]'])
      await expect(readFolder(await to(format))).rejects.toThrow(/"format" is/);
  });

  it('comes back in format 2 where version 0.1.0 wrote it', async () => {
    const copy = await changed('clips.jsonl', (text) =>
      text.replace(/"position":\d,/g, '').replace('"group":0', '"reliability":null,"group":0'),
    );
    const path = join(copy, 'metadata.json');
    const { format, rule, short, silent, second_clustering_from, ...rest } = JSON.parse(await readFile(path, 'utf8'));
    const decisions = { theta: 'threshold', threshold: 0.9, kappaUsed: 1 };
    await writeFile(path, JSON.stringify({ ...rest, decisions, gone: true }));
    const back = await readPrunedDataset(copy);
    const now = await readPrunedDataset(folder);
    expect(back).toEqual({ ...now, path: copy, format: 1, metadata: { ...now.metadata, decisions } });
    expect([now.format, back.metadata.format]).toEqual([2, 2]);
    expect(back.metadata).not.toHaveProperty('gone');
  });
});
