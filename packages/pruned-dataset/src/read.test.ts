import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError, writeNpyIntegers } from '@refrain/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readFolder, readSoundFolder } from './read.ts';
import { type FolderContent, writeFolder } from './write.ts';

const METADATA = { original_size: 2, pruned_size: 1, decisions: {}, settings: { seed: 1 } };

const clip = (id: string) => ({ id, position: 'ab'.indexOf(id), labels: [], group: 0 });
const CONTENT: FolderContent = {
  clips: [clip('a'), clip('b')],
  embeddings: { data: Float32Array.of(1, 0, 1, 0), rows: 2, cols: 2 },
  labels: [0, 0],
  probabilities: [1, 1],
  keep: [0],
  removed: [{ id: 'b', cluster: 0, group: 0, level: 'redundant', partner_id: 'a', similarity: 1, theta: 0.9 }],
  bad: [],
  metadata: METADATA as unknown as FolderContent['metadata'],
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
    expect((await readSoundFolder(folder)).removed).toEqual(CONTENT.removed);
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
    ['metadata.json', () => 'null', /metadata\.json: Invalid input: expected object/],
    ['metadata.json', () => '[]', /metadata\.json: Invalid input: expected object/],
  ])('is refused where %s has something else in it', async (name, change, message) => {
    const copy = await changed(name, change);
    await expect(readFolder(copy)).rejects.toSatisfy(
      (error) => error instanceof DataError && message.test(error.message),
    );
  });

  it('is refused by those who go on from it where its files do not fit each other', async () => {
    const partner = await changed('removed.jsonl', (text) => text.replace('"partner_id":"a"', '"partner_id":"c"'));
    await expect(readSoundFolder(partner)).rejects.toThrow(/clip b: its partner c is not a kept clip/);
    const beyond = await changed('clips.jsonl', (text) => text);
    await writeNpyIntegers(join(beyond, 'indices_to_keep.npy'), [7]);
    await expect(readSoundFolder(beyond)).rejects.toThrow(/names position 7, but there are 2 clips/);
  });
});
