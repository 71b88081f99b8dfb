import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clip, Dataset } from '@refrain/core';
import { beforeEach, describe, expect, it } from 'vitest';
import { type ExportForm, writeExport } from './exports.ts';
import type { ClipRecord } from './schemas.ts';

const record = (id: string, path: string): ClipRecord => ({
  id,
  position: 0,
  path,
  labels: ['a'],
  group: -1,
  embedding_hash: '',
});

describe('an export', () => {
  let folder: string;
  let told: string[];
  beforeEach(async () => {
    told = [];
    folder = await mkdtemp(join(tmpdir(), 'refrain-export-'));
  });

  /** A set that keeps the first clip of a dataset. */
  const setOf = (clips: readonly Clip[], more: Partial<Dataset> = {}) => ({
    clips: clips.map(({ id, path, piece }) => ({ ...record(id, path), ...(piece && { piece }) })),
    kept: clips.slice(0, 1).map(({ id, path, piece }) => ({ ...record(id, path), ...(piece && { piece }) })),
    notice: (message: string) => told.push(message),
    dataset: async (): Promise<Dataset> => ({
      name: 'made-up',
      task: 'unlabelled',
      classes: [],
      clips,
      readAudio: () => Promise.reject(new Error('not read here')),
      ...more,
    }),
  });
  /** Writes a set of `setOf`; `folder` is where it went. */
  const exported = async (
    form: ExportForm,
    set: ReturnType<typeof setOf> & { readonly leaking?: ReadonlySet<string> },
  ) => {
    ({ folder } = await writeExport(set, form, join(await mkdtemp(join(tmpdir(), 'refrain-export-')), 'out'), set));
  };
  const clip = (id: string, path: string): Clip => ({ id, path, split: 'train', labels: [] });

  it('as a list says which piece of a file a clip is', async () => {
    const set = setOf([{ ...clip('x', '/long.wav'), piece: { start: 2.5, seconds: 3 } }]);
    await exported('list', set);
    expect(JSON.parse(await readFile(join(folder, 'kept.jsonl'), 'utf8'))).toMatchObject({
      id: 'x',
      path: '/long.wav',
      offset: 2.5,
      duration: 3,
    });
    await expect(exported('links', set)).rejects.toThrow(/piece of the file .*list or native/);
  });

  it('as a list names what was left out for leaking', async () => {
    const [kept, leaking, removed] = ['kept', 'leaking', 'removed'].map((id) => record(id, `/${id}.wav`));
    await exported('list', {
      ...setOf([]),
      clips: [kept!, leaking!, removed!],
      kept: [kept!, leaking!],
      leaking: new Set(['leaking', 'removed']),
    });
    const ids = ['kept', 'leaking', 'removed'].map((name) => readFile(join(folder, `${name}_ids.txt`), 'utf8'));
    expect(await Promise.all(ids)).toEqual(['kept\n', 'leaking\n', 'removed\n']);
  });

  it('as a list leaves out of the files of ids alone what does not fit on a line, and says so', async () => {
    const set = setOf([clip('kept', '/kept.wav'), clip('two\nlines', '/b.wav'), clip('removed', '/c.wav')]);
    await exported('list', set);
    expect(await readFile(join(folder, 'kept_ids.txt'), 'utf8')).toBe('kept\n');
    await expect(readFile(join(folder, 'leaking_ids.txt'))).rejects.toThrow('ENOENT');
    expect(await readFile(join(folder, 'removed_ids.txt'), 'utf8')).toBe('removed\n');
    expect(told).toEqual(['removed_ids.txt leaves out 1 clip whose id has a line break in it, such as "two\\nlines".']);
  });

  it("puts the dataset's files into the folders they were in, and nothing outside", async () => {
    const named = (name: string) =>
      setOf([clip('x', '/x.wav')], { filteredFiles: async () => [{ name, content: Buffer.from('rows') }] });
    await exported('native', named('lists/train.tsv'));
    expect(await readFile(join(folder, 'lists', 'train.tsv'), 'utf8')).toBe('rows');
    await expect(exported('native', named('../train.tsv'))).rejects.toThrow(/outside the folder/);
    await expect(exported('native', setOf([clip('x', '/x.wav')]))).rejects.toThrow(/no files of its own/);
  });

  it('copies what lies in an archive, and links to no such thing', async () => {
    const archived = setOf([clip('x', '/data/mp3.zip/x.mp3')], { readBytes: async ({ id }) => Buffer.from(id) });
    await exported('copies', archived);
    expect(await readFile(join(folder, 'x.mp3'), 'utf8')).toBe('x');
    await expect(exported('links', archived)).rejects.toThrow(/lies in an archive/);
  });

  it('links to a file of several clips once', async () => {
    const file = join(folder, 'a.wav');
    await writeFile(file, 'a');
    const set = setOf([clip('x', file), clip('y', file)]);
    for (const form of ['links', 'copies'] as const) {
      await exported(form, { ...set, kept: set.clips });
      expect(await readFile(join(folder, 'a.wav'), 'utf8')).toBe('a');
    }
  });

  it('links to nothing that is not there any more', async () => {
    await writeFile(join(folder, 'a.wav'), '');
    const set = { ...setOf([]), kept: [record('gone', join(folder, 'a.wav'))] };
    await expect(exported('links', set)).rejects.toThrow(/has no clip "gone" any more/);
  });
});
