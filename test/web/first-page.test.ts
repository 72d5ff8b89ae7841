import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { launchBrowser, noBrowser } from '../browser.ts';
import { createDatabaseContext } from '../databases.ts';
import { createPageHub, type PageHub } from '../page-hub.ts';

const PICTURES = join(tmpdir(), 'fettle-pictures');
/** What Chromium says of any answer that is not 2xx, and of a hub that is away; expected where a test provokes it. */
const FAILED_REQUEST =
  /Failed to load resource|ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET/;

describe('the first page', { skip: noBrowser }, () => {
  const database = createDatabaseContext('embedded');
  let browser: Browser;
  let hub: PageHub;

  before(async () => {
    browser = await launchBrowser();
    hub = await createPageHub((await database.createPlace()).dataDir);
    await mkdir(PICTURES, { recursive: true });
  });
  after(async () => {
    await browser?.close();
    await hub?.close();
  });

  /** Lends a fresh browser profile; afterwards nothing may have been complained about but what the test expects. */
  async function withPage(
    run: (page: Page) => Promise<void>,
    { expects, ...options }: BrowserContextOptions & { readonly expects?: RegExp } = {},
  ): Promise<void> {
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
    assert.deepEqual(
      complaints.filter((text) => expects?.test(text) !== true),
      [],
      'the console of the browser',
    );
  }

  async function signIn(page: Page, at: PageHub = hub): Promise<void> {
    await page.goto((await at.hub.createSignInLink()).url);
    await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
  }

  test('before the first event the page says where to send webhooks, and an admin sees the secret on request', async () => {
    await withPage(async (page) => {
      await signIn(page);
      await page.getByRole('heading', { name: 'Nothing has happened yet' }).waitFor();
      await page.getByText(`${hub.hub.url}/webhook/gitea`, { exact: true }).waitFor();
      await page.getByText('./fettle send gitea push').waitFor();
      const secret = page.getByText('a-secret-that-only-tests-know');
      assert.equal(await secret.count(), 0);
      await page.getByRole('button', { name: 'Show secret of github' }).click();
      await secret.waitFor();
      await page.screenshot({ path: join(PICTURES, 'first-run.png') });
    });
  });

  test('a sign-in link works once, and its code leaves the address bar', async () => {
    const { url } = await hub.hub.createSignInLink();
    await withPage(async (page) => {
      await page.goto(url);
      await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
      assert.equal(page.url(), `${hub.hub.url}/`);
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in to Fettle' }).waitFor();
    });
    await withPage(
      async (page) => {
        await page.goto(url);
        await page.getByRole('alert').filter({ hasText: 'used already or has expired' }).waitFor();
        await page.getByText('code_invalid').waitFor();
        assert.equal(page.url(), `${hub.hub.url}/sign-in`);
        const { url: another } = await hub.hub.createSignInLink();
        await page.getByLabel('Sign-in link or code').fill(another);
        await page.getByRole('button', { name: 'Sign in' }).click();
        await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
      },
      { expects: FAILED_REQUEST },
    );
  });

  test('whoever is not signed in is led to the sign-in page and back to where they wanted to go', async () => {
    await withPage(
      async (page) => {
        await page.goto(`${hub.hub.url}/?type=push`);
        await page.getByRole('heading', { name: 'Sign in to Fettle' }).waitFor();
        await page.getByText('fettle token sign-in', { exact: true }).waitFor();
        const code = new URL((await hub.hub.createSignInLink()).url).hash.slice(1);
        await page.getByLabel('Sign-in link or code').fill(code);
        await page.keyboard.press('Enter');
        await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
        assert.equal(page.url(), `${hub.hub.url}/?type=push`);
      },
      { expects: FAILED_REQUEST },
    );
  });

  test('an event appears on the open page without a reload, and a trigger links to its cause', async () => {
    await withPage(async (page) => {
      await signIn(page);
      await page.evaluate(() => Object.assign(globalThis, { isSamePage: true }));
      await hub.send('gitea', 'push.commits');
      await page.getByRole('article').filter({ hasText: 'Cache the dependencies' }).waitFor();
      await hub.send('gitea', 'issue_comment.issue');
      const trigger = page.getByRole('article').filter({ hasText: 'trigger.raised' });
      await trigger.getByText('pipeline', { exact: true }).waitFor();
      await trigger.getByRole('link', { name: 'comment.created' }).click();
      const panel = page.getByRole('dialog');
      await panel.getByText('Login page fails on Safari').first().waitFor();
      await panel.getByText('event-bridge').first().waitFor();
      assert.match(page.url(), /\/events\/[\da-f-]{36}$/);
      await page.keyboard.press('Escape');
      await panel.waitFor({ state: 'detached' });
      assert.equal(page.url(), `${hub.hub.url}/`);
      assert.equal(await page.evaluate(() => 'isSamePage' in globalThis), true);
    });
  });

  test('new events wait while the page is paused, and come in at one press', async () => {
    await withPage(async (page) => {
      await signIn(page);
      await page.getByRole('button', { name: 'Pause' }).click();
      await hub.send('github', 'star.created');
      await hub.send('github', 'fork.created');
      const waiting = page.getByRole('button', { name: '2 new events' });
      await waiting.waitFor();
      assert.equal(await page.getByText('fork.created', { exact: true }).count(), 0);
      await waiting.click();
      await page.getByText('fork.created', { exact: true }).waitFor();
      assert.equal(await waiting.count(), 0);
    });
  });

  test('the filter is applied by the hub, to the past and to the live stream, and stays in the address', async () => {
    await withPage(
      async (page) => {
        await hub.send('gitea', 'push.commits');
        await signIn(page);
        await page.getByRole('combobox', { name: 'Type' }).fill('issue.*');
        await page.keyboard.press('Enter');
        await page.waitForURL('**/?type=issue.*');
        await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
        await hub.send('gitea', 'push.commits');
        await hub.send('github', 'issues.opened');
        await page.getByText('issue.opened', { exact: true }).first().waitFor();
        assert.equal(await page.getByText('push', { exact: true }).count(), 0);

        await page.getByRole('combobox', { name: 'Type' }).fill('nonsense');
        await page.keyboard.press('Enter');
        const refusal = page.getByRole('alert').filter({ hasText: 'The request is not valid' });
        await refusal.getByText('matches no event type').waitFor();
        await refusal.getByText('invalid_request').waitFor();
        await refusal.getByRole('button', { name: 'Clear filter' }).click();
        await page.getByText('push', { exact: true }).first().waitFor();
        assert.equal(page.url(), `${hub.hub.url}/`);
      },
      { expects: FAILED_REQUEST },
    );
  });

  test('the details of an event show payload, headers and delivery, and hostile text stays text', async () => {
    const title = '<script>document.title="owned"</script><img src=x onerror="document.title=1">';
    await withPage(async (page) => {
      await hub.send('gitea', 'issues.opened', (payload) => {
        const issue = payload['issue'] as Record<string, unknown>;
        Object.assign(issue, { title, html_url: 'javascript:document.title="owned"', number: 4711 });
      });
      await signIn(page);
      await page.getByText(title).first().click();
      const panel = page.getByRole('dialog');
      await panel.getByText('javascript:document.title="owned"', { exact: true }).waitFor();
      assert.equal(await page.locator('a[href^="javascript:"]').count(), 0);
      await panel.getByText('effected').or(panel.getByText('filtered')).first().waitFor();
      await panel.getByRole('tab', { name: 'Payload' }).click();
      await panel.getByText('SHA-256').waitFor();
      await panel.getByLabel('payload', { exact: true }).getByText('"action": "opened"').waitFor();
      await panel.getByRole('button', { name: 'As received' }).click();
      assert.match((await panel.getByLabel('payload', { exact: true }).textContent()) ?? '', /4711/);
      await panel.getByRole('tab', { name: 'Headers' }).click();
      await panel.getByText('x-gitea-event', { exact: true }).waitFor();
      assert.equal(await panel.getByText(/signature-256|x-gitea-signature/).count(), 0);
      assert.equal(await page.title(), 'Fettle');

      const address = page.url();
      await page.goto(address);
      await page.getByRole('dialog').getByText(title).first().waitFor();
    });
  });

  test('older events are fetched while scrolling, and new ones wait below the top until asked for', async () => {
    await withPage(async (page) => {
      const pushes = Array.from({ length: 130 }, (_, index) =>
        hub.send('gitea', 'push.commits', (payload) => {
          payload['ref'] = `refs/heads/many-${index}`;
        }),
      );
      await Promise.all(pushes);
      await page.goto((await hub.hub.createSignInLink()).url);
      await page.getByRole('article').first().waitFor();
      assert.ok((await page.getByRole('article').count()) < 60, 'only rows near the window are in the document');
      while (!(await page.getByText('That is all that is kept.').isVisible())) await page.mouse.wheel(0, 5_000);
      await page.getByRole('article').last().getByText('push', { exact: true }).waitFor();

      await hub.send('github', 'gollum.edited');
      await page.getByRole('button', { name: '1 new event' }).click();
      await page.getByRole('article').first().getByText('wiki.edited').waitFor();
      assert.equal(await page.evaluate('scrollY'), 0);
    });
  });

  test('nothing moves under a pointer that is on the list', async () => {
    await withPage(async (page) => {
      await hub.send('gitea', 'push.commits');
      await signIn(page);
      const first = page.getByRole('article').first();
      await first.hover();
      const text = await first.textContent();
      await hub.send('github', 'star.created');
      await page.getByRole('button', { name: '1 new event' }).waitFor();
      assert.equal(await first.textContent(), text);
      await page.mouse.move(5, 5);
      await page.getByRole('article').first().getByText('star.created').waitFor();
    });
  });

  test('after the hub was away the page reconnects and shows what was missed', async () => {
    await withPage(
      async (page) => {
        await signIn(page);
        await hub.stop();
        await page.getByRole('status').filter({ hasText: 'Reconnecting' }).waitFor();
        await hub.start();
        await hub.send('github', 'release.published');
        await page.getByText('release.published', { exact: true }).first().waitFor();
        await page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
      },
      { expects: FAILED_REQUEST },
    );
  });

  test('the keyboard alone walks through the feed, opens an event and comes back to it', async () => {
    await withPage(async (page) => {
      await hub.send('gitea', 'push.commits');
      await signIn(page);
      await page.getByRole('article').first().getByRole('link').first().focus();
      await page.keyboard.press('ArrowDown');
      const second = page.getByRole('article').nth(1).getByRole('link').first();
      await second.and(page.locator(':focus')).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await second.and(page.locator(':focus')).waitFor();
    });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the page fits a narrow screen and a wide one, in ${colorScheme} colours`, async () => {
      await withPage(
        async (page) => {
          await hub.send('gitea', 'pull_request.opened');
          await signIn(page);
          await page.getByRole('article').first().waitFor();
          assert.equal(await page.evaluate('getComputedStyle(document.documentElement).colorScheme'), colorScheme);
          await page.screenshot({ path: join(PICTURES, `feed-${colorScheme}.png`) });
          await page.setViewportSize({ width: 360, height: 740 });
          await page.waitForFunction('document.documentElement.scrollWidth <= 360');
          await page.screenshot({ path: join(PICTURES, `feed-narrow-${colorScheme}.png`) });
          await page.getByRole('article').first().click();
          await page.getByRole('dialog').getByText('Received', { exact: true }).waitFor();
          await page.screenshot({ path: join(PICTURES, `event-narrow-${colorScheme}.png`) });
          assert.equal(await page.evaluate('document.documentElement.scrollWidth <= 360'), true);
          await page.setViewportSize({ width: 1280, height: 800 });
          await page.screenshot({ path: join(PICTURES, `event-${colorScheme}.png`) });
        },
        { colorScheme, reducedMotion: 'reduce' },
      );
    });
  }
});
