import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DataError } from '@refrain/core';
import { fillPage, pageTemplate } from '@refrain/pruned-dataset';
import { type CDPSession, chromium, type Page } from 'playwright-core';
import { bigPage } from './bigPage.ts';
import type { Bench } from './context.ts';
import { testDataFolder } from './folders.ts';
import { megabytes, significant, whole } from './table.ts';

const LIMITS = { bytes: 15e6, usableMs: 3000, framesPerSecond: 30 } as const;
const SECONDS = 3;

/** How large the page of MagnaTagATune's 25,863 clips is, how soon it answers, and how fluently it moves. */
export const pageBench: Bench = {
  name: 'page',
  about:
    'the page of 25,863 clips in chromium without a graphics card: size, seconds until it answers, frames a second',
  async run({ settings, say }) {
    const folder = await mkdtemp(join(tmpdir(), 'refrain-page-bench-'));
    const browser = await chromium.launch({
      executablePath: findChromium(),
      args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
    });
    try {
      say('making the page');
      const file = join(folder, 'report.html');
      const data = await bigPage(testDataFolder, settings.seed);
      await writeFile(file, fillPage(await pageTemplate(), data));
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      say('opening it');
      const usable = await msUntilUsable(page, pathToFileURL(file).href);
      const cdp = await page.context().newCDPSession(page);
      say('scrolling the list');
      const list = await framesPerSecond(cdp, () => scroll(page, cdp, '.removals'));
      say('zooming the map');
      const map = await framesPerSecond(cdp, () => zoom(page, '#map .stage'));
      const { size } = await stat(file);
      const row = (what: string, found: string, limit: string, holds: boolean) => [
        what,
        found,
        limit,
        holds ? 'kept' : '**not kept**',
      ];
      return {
        header: ['what', 'measured', 'limit', ''],
        rows: [
          row('size, MB', megabytes(size), `≤ ${megabytes(LIMITS.bytes)}`, size <= LIMITS.bytes),
          row(
            'until a key is answered, s',
            significant(usable / 1000),
            `≤ ${LIMITS.usableMs / 1000}`,
            usable <= LIMITS.usableMs,
          ),
          row(
            'scrolling the list, frames/s',
            significant(list),
            `≥ ${LIMITS.framesPerSecond}`,
            list >= LIMITS.framesPerSecond,
          ),
          row(
            'zooming the map, frames/s',
            significant(map),
            `≥ ${LIMITS.framesPerSecond}`,
            map >= LIMITS.framesPerSecond,
          ),
        ],
        notes: [
          `Names of the real index, all else made: ${whole(data.clips.id.length)} clips, of which ${whole(data.removals.clip.length)} go. Chromium ${browser.version()}, headless, drawing with SwiftShader; frames are those that its tracing shows as drawn, while a finger scrolls 8,000 pixels and while a wheel turns for ${SECONDS} s. Load average ${loadavg()[0]!.toFixed(2)}.`,
        ],
      };
    } finally {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** From the call for the page until a decision by the keyboard is counted. */
async function msUntilUsable(page: Page, url: string): Promise<number> {
  const start = performance.now();
  await page.goto(url);
  const count = page.locator('#decision-count');
  while (!(await count.textContent())?.startsWith('1 ')) await page.keyboard.press('k');
  return performance.now() - start;
}

/** Frames that are drawn each second while `move` moves something. */
async function framesPerSecond(cdp: CDPSession, move: () => Promise<void>): Promise<number> {
  const drawn: unknown[] = [];
  const collect = ({ value }: { value: readonly Record<string, unknown>[] }) => {
    drawn.push(...value.filter(({ name }) => name === 'DrawFrame'));
  };
  cdp.on('Tracing.dataCollected', collect as never);
  await cdp.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['devtools.timeline', 'disabled-by-default-devtools.timeline.frame'] },
  });
  const start = performance.now();
  await move();
  const seconds = (performance.now() - start) / 1000;
  const complete = new Promise<void>((resolve) => cdp.once('Tracing.tracingComplete', () => resolve()));
  await cdp.send('Tracing.end');
  await complete;
  cdp.off('Tracing.dataCollected', collect as never);
  return drawn.length / seconds;
}

/** Scrolls an element as a finger would, down and up again. */
async function scroll(page: Page, cdp: CDPSession, selector: string): Promise<void> {
  const { x, y } = await middleOf(page, selector);
  for (const yDistance of [-4000, 4000])
    await cdp.send('Input.synthesizeScrollGesture', { x, y, yDistance, speed: 2500 });
}

/** Turns a wheel over an element once each frame, in and out again. */
async function zoom(page: Page, selector: string): Promise<void> {
  const { x, y } = await middleOf(page, selector);
  await page.evaluate(`new Promise((done) => {
    const target = document.elementFromPoint(${x}, ${y});
    const start = performance.now();
    const turn = () => {
      const at = performance.now() - start;
      const options = { deltaY: at % 2000 < 1000 ? -40 : 40, clientX: ${x}, clientY: ${y}, ctrlKey: true, bubbles: true, cancelable: true };
      target.dispatchEvent(new WheelEvent('wheel', options));
      if (at < ${SECONDS * 1000}) requestAnimationFrame(turn);
      else done();
    };
    requestAnimationFrame(turn);
  })`);
}

async function middleOf(page: Page, selector: string): Promise<{ readonly x: number; readonly y: number }> {
  const element = page.locator(selector);
  await element.scrollIntoViewIfNeeded();
  const box = (await element.boundingBox())!;
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
}

function findChromium(): string {
  const found = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'chromium'))
    .find(existsSync);
  if (found === undefined)
    throw new DataError('chromium', 'There is no chromium on the PATH: tools/extras.sh installs it.');
  return found;
}
