import { copyFile, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readNpy, seededRandom, writeNpy } from '@refrain/core';
import { describeWithData, testDataPath } from '@refrain/core/testing';
import type { ClipRecord, RemovedRecord } from '@refrain/pruned-dataset';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  accessibilityFaults,
  describeWithBrowser,
  drawn,
  expectQuiet,
  openBrowser,
  openPage,
  type WatchedPage,
} from './browser.ts';
import { writeClip } from './fixtures/clips.ts';
import { jsonLines, newFolder, refrain, SHARED_CACHE } from './refrain.ts';
import { refrainHere } from './refrainHere.ts';

// Names that do harm where they are taken for anything but names. The last is longer than a line, and than the name of a file may be.
const HOSTILE = [
  '<script>document.title="harmed"</script>',
  '"><img src=x onerror=document.title="harmed">',
  `it's "quoted" \\ & </script><!--`,
  'שלום \u202egnp.exe\u202c',
  '🎺🎻 ünïcode \u2028 e\u0301',
  'two\nlines\tand a tab',
  'javascript:document.title="harmed"',
  `long ${'x'.repeat(295)}`,
];

const DIM = 32;

/** Ends what hangs, and judges no machine. */
const PATIENCE = { timeout: 60_000 };

/** The ids of the kept clips of a folder. */
async function keptIn(folder: string): Promise<string[]> {
  const clips = await jsonLines<ClipRecord>(join(folder, 'clips.jsonl'));
  const { data } = await readNpy(join(folder, 'indices_to_keep.npy'));
  return Array.from(data as BigInt64Array, (index) => clips[Number(index)]!.id);
}

const removedIn = (folder: string) => jsonLines<RemovedRecord>(join(folder, 'removed.jsonl'));
const fileUrl = (folder: string) => pathToFileURL(join(folder, 'report.html')).href;

/** Waits until the audio of a page has played up to a moment, in seconds, and gives where it is. */
async function playedTo({ page }: WatchedPage, moment: number): Promise<number> {
  const state =
    "(({ error, paused, currentTime }) => (error === null ? !paused && currentTime : error.message))(document.querySelector('audio'))";
  let at = 0;
  const arrives = async () => {
    const found = await page.evaluate<number | boolean | string>(state);
    if (typeof found === 'number') at = found;
    return typeof found === 'string' ? found : at > moment;
  };
  await expect.poll(arrives, PATIENCE).toBe(true);
  return at;
}

describeWithBrowser('the page in a browser', () => {
  let browser: Browser;
  let work: string;

  beforeAll(async () => {
    browser = await openBrowser();
    work = await newFolder();
  });
  afterAll(() => browser.close());

  const pruned = async (name: string, args: readonly string[]) => {
    const folder = join(work, name);
    const { status, stderr } = await refrainHere(['prune', ...args, '--output', folder], { page: true });
    expect(status, stderr).toBe(0);
    return folder;
  };

  /** Decides by the keyboard to keep what is shown, exports that, prunes by it, and expects that this clip alone stays besides, and that all of it verifies. */
  const keepsOne = async (folder: string, watched: WatchedPage) => {
    const { page } = watched;
    await page.keyboard.press('k');
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Export/ }).click();
    const decisions = join(work, 'exported.jsonl');
    await (await downloading).saveAs(decisions);
    const [decision, ...others] = await jsonLines<{ id: string; decision: string }>(decisions);
    expect(others).toEqual([]);
    expect(decision!.decision).toBe('keep');
    expect((await removedIn(folder)).map(({ id }) => id)).toContain(decision!.id);
    const again = join(work, 'again');
    await rm(again, { recursive: true, force: true });
    const { status, stderr } = await refrainHere([
      'prune',
      '--reuse',
      folder,
      '--overrides',
      decisions,
      '--output',
      again,
    ]);
    expect(status, stderr).toBe(0);
    expect((await keptIn(again)).sort()).toEqual([...(await keptIn(folder)), decision!.id].sort());
    expect((await refrainHere(['verify', again])).status).toBe(0);
  };

  /** The music of two games of music-dev, one of which repeats itself, as a folder of its own: what is served lies in it. */
  const ofTwoGames = async () => {
    const folder = join(work, 'two-games');
    const lines = async (name: string) => (await readFile(testDataPath('music-dev', name), 'utf8')).split('\n');
    const rows = (await lines('clips.csv')).map((line) => line.split(','));
    const clips = rows.filter(([, , game]) => game === 'planetblupi' || game === 'ufoai');
    for (const [, path] of clips) {
      await mkdir(dirname(join(folder, 'audio', path!)), { recursive: true });
      await copyFile(testDataPath('music-dev', 'audio', path!), join(folder, 'audio', path!));
    }
    const ids = new Set(clips.map(([id]) => id));
    for (const name of ['index_mtt.tsv', 'train_gt_mtt.tsv', 'val_gt_mtt.tsv', 'test_gt_mtt.tsv']) {
      const kept = (await lines(name)).filter((line) => ids.has(line.split('\t')[0]!));
      await writeFile(join(folder, name), kept.map((line) => `${line}\n`).join(''));
    }
    await copyFile(testDataPath('music-dev', 'output_labels_mtt.txt'), join(folder, 'output_labels_mtt.txt'));
    return folder;
  };

  describeWithData('music-dev', 'of music-dev', () => {
    let folder: string;
    let dataset: string;

    beforeAll(async () => {
      // So that it can be taken away.
      dataset = join(work, 'dataset');
      await symlink(await ofTwoGames(), dataset);
      // Segments as they would be chosen: threads that find out how long clips are would be started too.
      const quick = ['--encoder', 'mfcc', '--encoder.segmentSeconds', '1', '--theta', 'reliability', '--t', '1'];
      const options = ['--dataset', 'magnatagatune', '--dataset-dir', dataset, ...quick];
      folder = await pruned('music-dev', [...options, '--cache-dir', SHARED_CACHE]);
    });

    it('opens from a file without network or complaint, plays, and takes decisions that `prune` follows', async () => {
      const watched = await openPage(browser, fileUrl(folder), { acceptDownloads: true });
      expect(await watched.page.getByRole('heading', { level: 1 }).count()).toBe(1);
      await watched.page.keyboard.press(' ');
      const at = await playedTo(watched, 0.5);
      // The other clip goes on at the same place.
      await watched.page.keyboard.press('a');
      const source = () => watched.page.evaluate<string>("document.querySelector('audio').src");
      expect(await playedTo(watched, 0)).toBeGreaterThan(at - 0.2);
      expect(await source()).toMatch(/^file:.*\.mp3$/);
      await keepsOne(folder, watched);
      expectQuiet(watched);
      await watched.context.close();
    });

    it('keeps a decision in the browser, takes it back, and gives it away and in again', async () => {
      const watched = await openPage(browser, fileUrl(folder), { acceptDownloads: true });
      const { page } = watched;
      const count = page.locator('#decision-count');
      await page.keyboard.press('r');
      await page.keyboard.press('j');
      await page.keyboard.press('k');
      await expect.poll(() => count.textContent(), PATIENCE).toBe('2 decisions');
      await page.reload();
      await drawn(page);
      await expect.poll(() => count.textContent(), PATIENCE).toBe('2 decisions');
      const [first] = await removedIn(folder);
      const file = { name: 'overrides.jsonl', mimeType: 'application/jsonl' };
      const line = { id: first!.id, decision: 'remove', note: 'heard' };
      await page.locator('input[type=file]').setInputFiles({ ...file, buffer: Buffer.from(JSON.stringify(line)) });
      await page.locator('input[type=file]').setInputFiles({ ...file, buffer: Buffer.from('{"id": 1}') });
      await expect.poll(() => page.locator('.decisions [role=status]').textContent(), PATIENCE).toMatch(/Line 1/);
      const downloading = page.waitForEvent('download');
      await page.getByRole('button', { name: /^Export/ }).click();
      const path = join(work, 'two.jsonl');
      await (await downloading).saveAs(path);
      expect(await jsonLines(path)).toContainEqual(line);
      expectQuiet(watched);
      await watched.context.close();
    });

    it('does without audio that is gone', async () => {
      await rm(dataset);
      const written = await refrainHere(['report', folder]);
      expect([written.status, written.stderr]).toEqual([0, expect.stringContaining('there is no folder')]);
      const watched = await openPage(browser, fileUrl(folder), { acceptDownloads: true });
      await watched.page.keyboard.press(' ');
      expect(await watched.page.locator('#groups').textContent()).toContain('to hear it');
      await keepsOne(folder, watched);
      expectQuiet(watched);
      await watched.context.close();
      await symlink(join(work, 'two-games'), dataset);
      expect((await refrainHere(['report', folder])).status).toBe(0);
    });

    it.each(['light', 'dark'] as const)('has no serious fault of accessibility, %s', async (colorScheme) => {
      const watched = await openPage(browser, fileUrl(folder), { colorScheme });
      expect(await accessibilityFaults(watched)).toEqual([]);
      await watched.page.keyboard.press('?');
      await watched.page.getByRole('dialog').waitFor();
      expect(await accessibilityFaults(watched)).toEqual([]);
      expectQuiet(watched);
      await watched.context.close();
    });

    it('plays and saves where it is served', async () => {
      const { status, stderr } = await refrain(['report', folder, '--serve'], {
        meanwhile: async (url) => {
          const watched = await openPage(browser, url, { server: url });
          await watched.page.keyboard.press(' ');
          await playedTo(watched, 0.2);
          await watched.page.keyboard.press('k');
          await expect
            .poll(() => watched.page.locator('.decisions [role=status]').textContent(), PATIENCE)
            .toMatch(/Saved/);
          expectQuiet(watched);
          await watched.context.close();
        },
      });
      expect(status, stderr).toBe(0);
      const decisions = await jsonLines<{ id: string }>(join(folder, 'decisions.jsonl'));
      expect((await removedIn(folder)).map(({ id }) => id)).toContain(decisions[0]!.id);
      expect((await refrainHere(['verify', folder])).status).toBe(0);
    });
  });

  it('of own embeddings takes decisions', async () => {
    const { uniform } = seededRandom('own');
    const data = Float32Array.from({ length: 60 * DIM }, () => uniform() - 0.5);
    // Three are like three others, but no copies: of those always one goes.
    for (let i = DIM; i < 4 * DIM; i++) data[50 * DIM + i] = data[i]! + 0.1 * (uniform() - 0.5);
    await writeNpy(join(work, 'own.npy'), { dtype: 'float32', shape: [60, DIM], data });
    const folder = await pruned('own', ['--embeddings', join(work, 'own.npy')]);
    expect(await removedIn(folder)).not.toEqual([]);
    const watched = await openPage(browser, fileUrl(folder), { acceptDownloads: true });
    await watched.page.keyboard.press(' ');
    await keepsOne(folder, watched);
    expect(await accessibilityFaults(watched)).toEqual([]);
    expectQuiet(watched);
    await watched.context.close();
  });

  it('of a run that removes nothing says so', async () => {
    const { uniform } = seededRandom('apart');
    const data = Float32Array.from({ length: 30 * DIM }, () => uniform() - 0.5);
    await writeNpy(join(work, 'apart.npy'), { dtype: 'float32', shape: [30, DIM], data });
    const folder = await pruned('apart', ['--embeddings', join(work, 'apart.npy')]);
    expect(await removedIn(folder)).toEqual([]);
    const watched = await openPage(browser, fileUrl(folder));
    for (const key of ['k', 'j', ' ', 'a']) await watched.page.keyboard.press(key);
    expect(await watched.page.locator('main').textContent()).toMatch(/nothing goes/i);
    expect(await accessibilityFaults(watched)).toEqual([]);
    expectQuiet(watched);
    await watched.context.close();
  });

  it('of a comparison and of leaks is quiet, and reads well', async () => {
    const audio = join(work, 'splits');
    await mkdir(audio);
    const lines: object[] = [];
    for (const [split, clips] of Object.entries({ train: 12, valid: 4, test: 6 }))
      for (let i = 0; i < clips; i++) {
        await writeClip(join(audio, `${split}${i}.wav`), i === 0 ? 'in every split' : `${split} ${i}`);
        lines.push({ path: `${split}${i}.wav`, split, labels: [HOSTILE[i % 2]] });
      }
    await writeFile(join(audio, 'clips.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const dataset = ['--dataset', 'manifest', '--dataset-dir', join(audio, 'clips.jsonl'), '--encoder', 'mfcc'];
    const source = [...dataset, '--cache-dir', join(work, 'cache')];
    const few = ['--pruner', 'random', '--keep', '0.5', '--draws', '3', '--finetuner-max-epochs', '2'];
    for (const [args, status] of [
      [['compare', ...source, ...few], 0],
      [['leaks', ...source], 1],
    ] as const) {
      const folder = join(work, `page-of-${args[0]}`);
      const run = await refrainHere([...args, '--output', folder], { page: true });
      expect(run.status, run.stderr).toBe(status);
      const watched = await openPage(browser, fileUrl(folder));
      expect(await watched.page.getByRole('heading', { level: 1 }).count()).toBe(1);
      expect(await watched.page.locator('table').count()).toBeGreaterThan(0);
      expect(await accessibilityFaults(watched)).toEqual([]);
      expectQuiet(watched);
      await watched.context.close();
    }
  });

  it('only shows names and tags, whatever they are', async () => {
    const audio = join(work, 'hostile');
    await mkdir(audio);
    const lines: object[] = [];
    for (const [i, name] of HOSTILE.entries()) {
      const file = `${name.replaceAll('/', '∕').slice(0, 60)}.wav`;
      await writeClip(join(audio, file), `hostile ${i}`);
      for (const id of [name, `${name} again`])
        lines.push({ id, path: file, split: 'train', labels: [name, `tag ${name}`] });
    }
    await writeFile(join(audio, 'clips.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const dataset = ['--dataset', 'manifest', '--dataset-dir', join(audio, 'clips.jsonl'), '--encoder', 'mfcc'];
    const folder = await pruned('hostile-run', [...dataset, '--cache-dir', join(work, 'cache')]);
    const removed = (await removedIn(folder)).map(({ id }) => id);
    expect(removed).toHaveLength(HOSTILE.length);
    const watched = await openPage(browser, fileUrl(folder), { acceptDownloads: true });
    const { page } = watched;
    const title = await page.title();
    const shown = new Set<string>();
    for (const _ of removed) {
      await page.keyboard.press('k');
      await page.keyboard.press(' ');
      await playedTo(watched, 0.2);
      await page.keyboard.press(' ');
      shown.add((await page.locator('[aria-current=true] .name').textContent())!);
      for (const tag of await page.locator('.tag').allTextContents()) shown.add(tag);
      await page.keyboard.press('j');
    }
    expect([...shown]).toEqual(
      expect.arrayContaining([...removed, ...HOSTILE.flatMap((name) => [name, `tag ${name}`])]),
    );
    const downloading = page.waitForEvent('download');
    await page.getByRole('button', { name: /^Export/ }).click();
    await (await downloading).saveAs(join(work, 'hostile.jsonl'));
    const exported = await jsonLines<{ id: string }>(join(work, 'hostile.jsonl'));
    expect(exported.map(({ id }) => id).sort()).toEqual([...removed].sort());
    // Nothing of theirs became a part of the document.
    expect(await page.title()).toBe(title);
    const template = /<script\b/g;
    const scripts = ((await readFile(join(folder, 'report.html'), 'utf8')).match(template) ?? []).length;
    expect(await page.locator('script').count()).toBe(scripts);
    expect(await page.locator('img[src="x"]').count()).toBe(0);
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true);
    expectQuiet(watched);
    await watched.context.close();
  });
});
