import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noBrowser } from '../browser.ts';
import { createId } from '../../src/core/id.ts';
import { recordLedgerRun, type LedgerEntry } from '../../src/store/ledger.ts';
import { seedRuns } from '../seed-runs.ts';
import { createPageContext } from './page-context.ts';
import { HOSTILE, toAgoTime } from './seed-page-runs.ts';

const RULES = `
rules:
  - name: pushes
    on: push
    do:
      - ledger.record: { node: 'push_{{ repo.name }}', title: 'Pushes to {{ repo.name }}' }
      - ledger.record: { node: 'all pushes' }
`;

describe('the page of the ledger', { skip: noBrowser }, () => {
  const { hub, withPage, open, picture } = createPageContext(RULES);
  const db = () => hub().hub.database();

  async function record(entry: Partial<LedgerEntry> & Pick<LedgerEntry, 'node'>): Promise<void> {
    await recordLedgerRun(db(), {
      id: createId(),
      nodeTitle: null,
      trigger: 'webhook',
      startedAt: toAgoTime(10),
      finishedAt: toAgoTime(9),
      status: 'success',
      counts: {},
      title: null,
      url: null,
      actor: null,
      forge: 'gitea',
      repo: 'dataforge/app',
      eventId: null,
      chain: null,
      ...entry,
    });
  }

  test('what an event recorded is found under its node, with its chain, its event and its page', async () => {
    await withPage(async (page) => {
      await open(page, '/ledger');
      await page.getByText('Nothing is on record yet.').waitFor();
      await hub().send('gitea', 'push.commits');
      const node = page.getByRole('article').filter({ hasText: 'Pushes to app' });
      await node.getByText('push_app').waitFor();
      await node.getByText('success').waitFor();
      await node.getByText('1 run', { exact: true }).waitFor();
      await node.getByRole('link').click();
      await page.waitForURL('**/ledger/push_app');
      await page.getByRole('heading', { name: 'Pushes to app' }).waitFor();
      const run = page.getByRole('article');
      await run.getByText('webhook', { exact: true }).last().waitFor();
      await run.getByText('7 commits', { exact: true }).waitFor();
      assert.match((await run.getByRole('link', { name: 'page' }).getAttribute('href')) ?? '', /^https?:/);
      await run.getByRole('link', { name: /ledger\.record/ }).click();
      await page.getByRole('dialog', { name: 'ledger.record' }).getByText('Set off together').waitFor();
      await page.keyboard.press('Escape');
      await page.waitForURL('**/ledger/push_app');
      await run.getByRole('link', { name: 'event' }).click();
      await page.getByRole('dialog', { name: /Cache the dependencies/ }).waitFor();
      await page.goBack();
      await page.getByRole('link', { name: 'Ledger' }).first().click();
      await page.waitForURL('**/ledger');
    });
  });

  test('nodes are searched by id, title and repository, and the search stays in the address', async () => {
    for (let index = 0; index < 12; index += 1) {
      await record({
        node: 'nightly_build',
        nodeTitle: 'Nightly build',
        trigger: 'schedule',
        startedAt: toAgoTime(500 - index * 30),
        finishedAt: toAgoTime(500 - index * 30 - (index % 4) - 1),
        status: index % 5 === 2 ? 'failure' : 'success',
        counts: { tests: 120 + index, files: index },
        actor: 'grace',
      });
    }
    await record({ node: 'site.example.org', repo: 'dataforge/site', status: 'running', finishedAt: null });
    await withPage(async (page) => {
      await open(page, '/ledger');
      const nightly = page.getByRole('article').filter({ hasText: 'Nightly build' });
      await nightly.getByText('12 runs').waitFor();
      await nightly.getByText('2 failed').waitFor();
      await nightly.getByRole('img', { name: 'The last 12 runs, 2 of them failed' }).waitFor();
      await page.getByRole('searchbox', { name: 'Search nodes' }).fill('dataforge/SITE');
      await page.getByText('1 of 4 nodes').waitFor();
      await page.getByRole('article').getByText('running').waitFor();
      assert.equal(await page.getByRole('article').count(), 1);
      await page.reload();
      await page.getByText('1 of 4 nodes').waitFor();
      await page.getByRole('searchbox', { name: 'Search nodes' }).fill('nothing like it');
      await page.getByText('No node matches “nothing like it”.').waitFor();
      await page.getByRole('button', { name: 'Show all' }).click();
      await nightly.waitFor();
      await picture(page, 'ledger');
    });
  });

  test('the failures of a node are a press away', async () => {
    await withPage(async (page) => {
      await open(page, '/ledger/nightly_build');
      await page.getByRole('article').nth(11).waitFor();
      await page.getByText('131 tests').waitFor();
      await picture(page, 'ledger-node');
      await page.getByRole('button', { name: 'failures' }).click();
      await page.waitForURL('**/ledger/nightly_build?status=failure');
      await page
        .getByRole('article', { name: /^success/ })
        .first()
        .waitFor({ state: 'detached' });
      assert.equal(await page.getByRole('article', { name: /^failure: / }).count(), 2);
      await page.getByRole('link', { name: 'Ledger' }).last().click();
      await page.getByRole('article').filter({ hasText: 'site.example.org' }).getByRole('link').click();
      await page.getByText('still running').waitFor();
      await page.getByRole('button', { name: 'failures' }).click();
      await page.getByText('No run of this node is on record as failure.').waitFor();
    });
  });

  test('a node that the ledger does not have is said to be missing', async () => {
    await withPage(async (page) => {
      await open(page, '/ledger/never_seen');
      await page.getByText('The ledger has no such node.').waitFor();
    });
  });

  test('whatever a stranger wrote is shown as text, and no link leads to a script', async () => {
    await record({
      node: `node ${HOSTILE}`,
      nodeTitle: `title ${HOSTILE}`,
      trigger: HOSTILE,
      title: `run ${HOSTILE}`,
      status: 'a word of the rule',
      url: 'javascript:document.title=1',
      actor: HOSTILE,
      repo: `dataforge/${HOSTILE}`,
    });
    await withPage(async (page) => {
      await open(page, '/ledger');
      await page
        .getByRole('article')
        .filter({ hasText: `title ${HOSTILE}` })
        .getByRole('link')
        .click();
      await page.getByRole('heading', { name: `title ${HOSTILE}` }).waitFor();
      await page.getByRole('article').getByText(`run ${HOSTILE}`).waitFor();
      assert.equal(await page.locator('a[href^="javascript:"]').count(), 0);
      assert.equal(await page.locator('img').count(), 0);
      await page.reload();
      await page.getByRole('heading', { name: `title ${HOSTILE}` }).waitFor();
      assert.match(await page.title(), /^title <img/);
    });
  });

  test('older runs of a node are fetched while scrolling', async () => {
    const ids = await seedRuns(
      db(),
      Array.from({ length: 130 }, () => ({ action: 'ledger.record', state: 'succeeded' as const })),
    );
    for (const [index, id] of ids.entries()) {
      await record({ id, node: 'busy', title: `entry ${index}`, startedAt: toAgoTime(200 - index) });
    }
    await withPage(async (page) => {
      await open(page, '/ledger/busy');
      await page.getByRole('article').first().getByText('entry 129').waitFor();
      const oldest = page.getByRole('article', { name: /entry 0$/ });
      while (!(await oldest.isVisible())) await page.mouse.wheel(0, 5_000);
      await page.getByText('That is all that is kept.').waitFor();
    });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`the ledger fits a narrow screen and a wide one, in ${colorScheme} colours`, async () => {
      const node = `one_very_long_name_without_any_gap_in_it_${'x'.repeat(80)}`;
      await record({ node, title: 'y'.repeat(200), status: 'failure', counts: { commits: 12 } });
      await withPage(
        async (page) => {
          await open(page, '/ledger');
          await page.getByRole('article').first().waitFor();
          await picture(page, `ledger-${colorScheme}`);
          await page.setViewportSize({ width: 360, height: 740 });
          await page.waitForFunction('document.documentElement.scrollWidth <= 360');
          await picture(page, `ledger-narrow-${colorScheme}`);
          await page.goto(`${hub().hub.url}/ledger/${node}`);
          await page.getByRole('article').first().waitFor();
          await page.waitForFunction('document.documentElement.scrollWidth <= 360');
          await picture(page, `ledger-node-narrow-${colorScheme}`);
        },
        { colorScheme, reducedMotion: 'reduce' },
      );
    });
  }
});
