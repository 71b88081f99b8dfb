// The command: npm run screenshots [-- FOLDER]: pictures of the page of a run of the demo, or of that in FOLDER, for docs/images.
import { spawnSync } from 'node:child_process';
import { accessSync } from 'node:fs';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, devices, type Page } from 'playwright-core';

const thisTree = resolve(import.meta.dirname, '..', '..', '..');
const images = join(thisTree, 'docs', 'images');

/** A picture is in every clone: no larger than this. */
const MOST_BYTES = 300_000;

/** What is in a picture: how the page is opened, and what is done before. */
interface Shot {
  readonly name: string;
  readonly options: Parameters<Browser['newContext']>[0];
  readonly prepare: (page: Page) => Promise<void>;
}

const DESK = { viewport: { width: 1280, height: 860 } };
const PHONE = { viewport: devices['iPhone 13']!.viewport, deviceScaleFactor: 2 };

const to = (id: string) => async (page: Page) => {
  await page.locator(`#${id}`).evaluate((element: { scrollIntoView(): void }) => element.scrollIntoView());
};

const SHOTS: readonly Shot[] = [
  { name: 'page-light', options: { ...DESK, colorScheme: 'light' }, prepare: async () => {} },
  { name: 'page-map', options: { ...DESK, colorScheme: 'light' }, prepare: to('map') },
  { name: 'page-dark', options: { ...DESK, colorScheme: 'dark' }, prepare: to('groups') },
  { name: 'page-phone', options: { ...PHONE, colorScheme: 'light' }, prepare: async () => {} },
];

function refrain(...args: readonly string[]): void {
  const command = join(thisTree, 'apps', 'runner', 'dist', 'main.js');
  const { status } = spawnSync(process.execPath, [command, ...args], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`refrain ${args.join(' ')} ended with ${status}.`);
}

/** The program chromium on the PATH. Throws an Error where there is none. */
function findChromium(): string {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    try {
      accessSync(join(folder, 'chromium'));
      return join(folder, 'chromium');
    } catch {}
  }
  throw new Error('There is no chromium on the PATH: tools/extras.sh installs it.');
}

async function take(browser: Browser, url: string, { name, options, prepare }: Shot): Promise<void> {
  const context = await browser.newContext({ ...options, reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate('document.fonts.ready');
  await prepare(page);
  // Maps and pictures are drawn some frames after the page.
  await page.evaluate('new Promise((done) => setTimeout(done, 1500))');
  const path = join(images, `${name}.png`);
  await page.screenshot({ path });
  await context.close();
  const { size } = await stat(path);
  process.stdout.write(`${path}: ${size} bytes\n`);
  if (size > MOST_BYTES) throw new Error(`${path} has ${size} bytes, at most ${MOST_BYTES} are kept.`);
}

const work = await mkdtemp(join(tmpdir(), 'refrain-screenshots-'));
try {
  await mkdir(images, { recursive: true });
  const [given] = process.argv.slice(2);
  const folder = given ?? join(work, 'demo');
  if (given === undefined) refrain('run', '--dataset', 'demo', '--t', '1', '--output', folder);
  refrain('report', folder);
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
  });
  for (const shot of SHOTS) await take(browser, pathToFileURL(join(resolve(folder), 'report.html')).href, shot);
  await browser.close();
} finally {
  await rm(work, { recursive: true, force: true });
}
