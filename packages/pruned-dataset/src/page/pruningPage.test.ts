import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrunedFolder, readFolder } from '../read.ts';
import { METADATA } from '../testing/metadata.ts';
import { type FolderContent, writeFolder } from '../write.ts';
import type { PruningPage } from './pageData.ts';
import { pruningPage } from './pruningPage.ts';

const histogram = new Array<number>(64).fill(0).with(63, 2).with(32, 1);

/** Five clips of two tracks, of which three go: one is a copy, one just reaches what it needs. */
function contentIn(audio: string): FolderContent {
  const clip = (id: string, fields: object) => ({
    id,
    position: 'abcde'.indexOf(id),
    path: join(audio, 'train', `${id} #1.wav`),
    labels: ['drums', id],
    groups: id === 'e' ? {} : { track: id < 'c' ? 'one' : 'two' },
    seconds: 1.23456,
    reliability: 0.912345,
    group: 0,
    ...fields,
  });
  const removal = (id: string, fields: object) => ({
    id,
    cluster: 0,
    group: 0,
    partner_id: 'a',
    similarity: 0.95,
    ...fields,
  });
  return {
    clips: [
      clip('a', {}),
      clip('b', { piece: { start: 2.5, seconds: 1.23456 } }),
      clip('c', {}),
      clip('d', {}),
      clip('e', { group: -1 }),
    ],
    embeddings: { data: Float32Array.of(1, 0, 1, 0, 0.96, 0.28, 0.95, 0.31225, 0, 1), rows: 5, cols: 2 },
    labels: [0, 0, 0, 0, -1],
    probabilities: [1, 1, 1, 1, 0],
    keep: [0, 4],
    removed: [
      removal('b', { level: 'identical', similarity: 1 }),
      removal('c', { level: 'redundant', similarity: 0.96, theta: 0.9, z: 5 }),
      removal('d', { level: 'redundant', similarity: 0.9600001, theta: 0.95, z: 4 }),
    ].map((one) => one as FolderContent['removed'][number]),
    bad: [{ id: 'x', path: join(audio, 'x.wav'), stage: 'decode', reason: 'is cut' }],
    metadata: {
      ...METADATA,
      original_size: 5,
      pruned_size: 2,
      silent: ['e'],
      settings: { dataset: { use: 'audio' }, seed: 7 },
      timings_s: { embed: 1.5 },
      cluster_stats: {
        '-1': { ...{ original_size: 1, kept_size: 1, removal_fraction: 0, groups: 0, jsd_before: 0, jsd_after: 0 } },
        '0': {
          ...{ original_size: 4, kept_size: 1, removal_fraction: 0.75, groups: 1, jsd_before: 0.25, jsd_after: 0.125 },
          similarity: { mean: 0.9, sd: 0.1, shareAboveTheta: 1, histogram },
        },
      },
    },
  };
}

describe('the page of a folder', () => {
  let work: string;
  let folder: PrunedFolder;
  let page: PruningPage;
  beforeAll(async () => {
    work = await mkdtemp(join(tmpdir(), 'refrain-page-'));
    const audio = join(work, 'my music');
    await mkdir(join(audio, 'train'), { recursive: true });
    for (const id of 'abcde') await writeFile(join(audio, 'train', `${id} #1.wav`), '');
    folder = await readFolder(await writeFolder(join(work, 'out', 'pruned'), contentIn(audio)));
    page = await pruningPage(folder);
  });
  afterAll(() => rm(work, { recursive: true }));

  it('has the figures of metadata.json', () => {
    const { metadata } = folder;
    expect(page).toMatchObject({
      ...{ kind: 'pruning', format: 1, name: 'audio', settings: metadata.settings, versions: metadata.versions },
      ...{ files: metadata.files, rule: metadata.rule, timings: metadata.timings_s, encoderFingerprint: null },
      sizes: { original: 5, kept: 2, silent: 1, short: 0, bad: 1 },
      clusters: [
        { label: -1, original: 1, kept: 1, groups: 0, jsdBefore: 0, jsdAfter: 0 },
        { label: 0, original: 4, kept: 1, groups: 1, jsdBefore: 0.25, jsdAfter: 0.125 },
      ],
    });
    expect(Object.keys(page.files)).toContain('embeddings.npy');
    expect(page.similarities).toEqual({
      bins: 64,
      within: histogram,
      // 0.96 and 0.9600001 lie in the bin from 0.9375 to 0.96875, 1 in the last one.
      removed: new Array<number>(64).fill(0).with(62, 2).with(63, 1),
    });
  });

  it('has a value of each clip in every column, and names by their places', () => {
    const { clips } = page;
    expect(clips.id).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(clips.folder).toBe(`${join(work, 'my music', 'train')}/`);
    expect(clips.path[1]).toBe('b #1.wav');
    expect([clips.start, clips.seconds]).toEqual([[null, 2.5, null, null, null], new Array(5).fill(1.235)]);
    expect([clips.cluster, clips.group]).toEqual([folder.labels, [0, 0, 0, 0, -1]]);
    expect(clips.labels.map((own) => own.map((label) => clips.labelNames[label]))).toEqual(
      folder.clips.map(({ labels }) => labels),
    );
    expect(clips.track.map((track) => (track === null ? null : clips.trackNames[track]))).toEqual([
      'one',
      'one',
      'two',
      'two',
      null,
    ]);
    expect(clips.reliability).toEqual(new Array(5).fill(0.9123));
    expect(clips.projection).toBeUndefined();
  });

  it('lists removals by how sure they are: copies, then what is far above what it needs', () => {
    const { removals, clips } = page;
    expect(removals.clip.map((clip) => clips.id[clip])).toEqual(['b', 'c', 'd']);
    expect(removals.partner).toEqual([0, 0, 0]);
    expect(removals.level).toEqual(['identical', 'redundant', 'redundant']);
    expect([removals.similarity, removals.theta, removals.z]).toEqual([
      [1, 0.96, 0.9600001],
      [null, 0.9, 0.95],
      [null, 5, 4],
    ]);
  });

  it('finds audio by a relative path from where it will lie, as a URL, and none where the files are not there', async () => {
    expect(page.audio).toEqual({ from: 'relative', base: '../../my%20music/train/' });
    const { audio } = await pruningPage(folder, { place: join(work, 'elsewhere') });
    expect(audio).toEqual({ from: 'relative', base: '../my%20music/train/' });
    expect((await pruningPage(folder, { place: join(work, 'my music', 'train') })).audio.base).toBe('./');
    await rm(join(work, 'my music', 'train', 'e #1.wav'));
    expect((await pruningPage(folder)).audio).toEqual({ from: 'none' });
  });
});

describe('the page of own embeddings of which nothing goes', () => {
  it('has no paths, no audio and no removals', async () => {
    const work = await mkdtemp(join(tmpdir(), 'refrain-page-'));
    const content: FolderContent = {
      clips: ['a', 'b'].map((id, position) => ({ id, position, labels: [], group: -1 })),
      embeddings: { data: Float32Array.of(1, 0, 0, 1), rows: 2, cols: 2 },
      labels: [-1, -1],
      probabilities: [0, 0],
      ...{ keep: [0, 1], removed: [], bad: [] },
      metadata: { ...METADATA, original_size: 2, pruned_size: 2, settings: { embeddings: '/x/my own.npy' } },
    };
    const page = await pruningPage(await readFolder(await writeFolder(join(work, 'pruned'), content)));
    expect(page).toMatchObject({ name: 'my own', audio: { from: 'none' }, clusters: [], sizes: { kept: 2 } });
    expect(page.clips).toMatchObject({ folder: '', path: [null, null], seconds: [null, null], track: [null, null] });
    expect(page.removals.clip).toEqual([]);
    expect([page.evaluation, page.similarities, page.overT, page.command]).toEqual(new Array(4).fill(undefined));
    await rm(work, { recursive: true });
  });
});
