import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import axe from 'axe-core';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';

/** The browser of the system: none is downloaded. */
const CHROMIUM = (process.env.PATH ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'chromium'))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** A `describe` that needs chromium. Where it is missing, one skipped test says so by its name, or fails where nothing may be missing. */
export function describeWithBrowser(name: string, body: () => void): void {
  if (CHROMIUM !== undefined) describe(name, body);
  else if (process.env.REFRAIN_REQUIRE_TEST_DATA === '1')
    throw new Error(`${name}: REFRAIN_REQUIRE_TEST_DATA=1, but there is no chromium: tools/extras.sh installs it.`);
  else describe(name, () => it.skip('skipped: no chromium on the PATH (tools/extras.sh installs it)', () => {}));
}

/** A headless chromium that draws in software, so that pictures are the same on every machine, and may play sound unasked. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM!,
    args: [
      // As root, and in containers, it cannot have its sandbox.
      '--no-sandbox',
      // Not as a card that a program plays, either: that takes a second and more for each page.
      '--disable-gpu',
      '--autoplay-policy=no-user-gesture-required',
    ],
  });
}

/** A page, and what it asked for and complained about. */
export interface WatchedPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Addresses of the network that were asked for. */
  readonly requests: string[];
  /** Errors and warnings on the console, and what was thrown. */
  readonly complaints: string[];
}

/** Opens an address; it has no network but `server`, where one is given. */
export async function openPage(
  browser: Browser,
  url: string,
  { server, ...options }: BrowserContextOptions & { readonly server?: string } = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => {
    const isOwn = server !== undefined && request.url().startsWith(server);
    if (!/^(file|data|blob):/.test(request.url()) && !isOwn) requests.push(request.url());
  });
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(url);
  await drawn(page);
  return { page, context, requests, complaints };
}

/** Waits until a page has been drawn and does what follows that, such as listening to keys. */
export async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))',
  );
}

/** What an accessibility check finds that is serious or worse: the rule, and the first elements. */
export async function accessibilityFaults({ page }: WatchedPage): Promise<string[]> {
  // Behind the page's policy nothing can be put into it but through the debugger.
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as {
      axe: {
        run(options: { resultTypes: string[] }): Promise<{
          violations: { id: string; impact: string; nodes: { html: string; failureSummary: string }[] }[];
        }>;
      };
    };
    return (await axe.run({ resultTypes: ['violations'] })).violations.map(({ id, impact, nodes }) => ({
      ...{ id, impact },
      nodes: nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
    }));
  });
  return violations
    .filter(({ impact }) => ['serious', 'critical'].includes(impact))
    .map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes.join(' | ')}`);
}

/** Expects that a page asked no network for anything, and had nothing to complain about. */
export function expectQuiet({ requests, complaints }: WatchedPage): void {
  expect(requests).toEqual([]);
  expect(complaints).toEqual([]);
}
