import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Role } from '../../src/core/access.ts';
import { systemClock } from '../../src/core/clock.ts';
import { createSignInLink } from '../../src/http/access/sign-in-link.ts';
import { launchBrowser } from '../browser.ts';
import { createDatabaseContext } from '../databases.ts';
import { createPageHub, type PageHub } from '../page-hub.ts';

/** Pictures of pages, for people to look at. */
const PICTURES = join(tmpdir(), 'fettle-pictures');
/** What Chromium says of any answer that is not 2xx; expected where a test provokes it. */
export const FAILED_REQUEST = /Failed to load resource/;

export interface PageContext {
  /** The hub that all tests of the file share. */
  readonly hub: () => PageHub;
  /** Lends a fresh browser profile; afterwards nothing may have been complained about but what the test expects. */
  readonly withPage: (
    run: (page: Page) => Promise<void>,
    options?: BrowserContextOptions & { readonly expects?: RegExp },
  ) => Promise<void>;
  /** Signs in and goes to an address of the page. */
  readonly open: (page: Page, path: string, role?: Role) => Promise<void>;
  /** Keeps a picture. */
  readonly picture: (page: Page, name: string) => Promise<void>;
}

/** A hub with a browser before it. Call it inside `describe`: it starts before the tests and stops after them. */
export function createPageContext(settings = ''): PageContext {
  const database = createDatabaseContext('embedded');
  let browser: Browser | undefined;
  let hub: PageHub | undefined;
  before(async () => {
    browser = await launchBrowser();
    hub = await createPageHub((await database.createPlace()).dataDir, settings);
    await mkdir(PICTURES, { recursive: true });
  });
  after(async () => {
    await browser?.close();
    await hub?.close();
  });
  const getHub = () => {
    if (hub === undefined) throw new Error('The hub runs during tests only');
    return hub;
  };

  return {
    hub: getHub,
    withPage: async (run, { expects, ...options } = {}) => {
      if (browser === undefined) throw new Error('The browser runs during tests only');
      const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
      const complaints: string[] = [];
      context.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      context.on('weberror', (error) => complaints.push(error.error().message));
      try {
        const page = await context.newPage();
        page.setDefaultTimeout(20_000);
        await run(page);
      } finally {
        await context.close();
      }
      const unexpected = complaints.filter((text) => expects?.test(text) !== true);
      assert.deepEqual(unexpected, [], 'the console of the browser');
    },
    open: async (page, path, role = 'admin') => {
      const { url, database: getDb } = getHub().hub;
      const link = await createSignInLink(getDb(), { role, baseUrl: url, clock: systemClock });
      await page.goto(link.url);
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
      await page.goto(`${url}${path}`);
      await page.getByRole('button', { name: 'Sign out' }).waitFor();
    },
    picture: async (page, name) => {
      await page.screenshot({ path: join(PICTURES, `${name}.png`) });
    },
  };
}
