import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noBrowser } from '../browser.ts';
import { createPageContext, FAILED_REQUEST } from './page-context.ts';
import { HOSTILE } from './seed-page-runs.ts';

const RULES = `
rules:
  - name: pushes to the ledger
    on: push
    do: { ledger.record: { node: 'push_{{ repo.name }}' } }
  - name: only releases
    on: push
    if: branch == "release"
    do: { ledger.record: { node: releases } }
  - name: other repositories
    on: push
    repos: somebody/else
    do: { trigger: pipeline }
  - name: words in titles
    on: issue.opened
    if: title == "something else"
    do: { trigger: pipeline }
`;

describe('why rules matched', { skip: noBrowser }, () => {
  const { hub, withPage, open, picture } = createPageContext(RULES);

  test('an event tells what each rule did, and of every other rule the first condition it does not meet', async () => {
    await hub().send('gitea', 'push.commits');
    await withPage(async (page) => {
      await open(page, '/');
      await page.getByRole('article').first().getByRole('link').first().click();
      const panel = page.getByRole('dialog');
      await panel.getByText('pushes to the ledger').waitFor();
      await panel.getByRole('tab', { name: 'Rules' }).click();
      const done = panel.getByRole('region', { name: 'What was done' });
      await done.getByText('succeeded').waitFor();
      const today = panel.getByRole('region', { name: 'By today’s rules' });
      const releases = today.getByRole('listitem').filter({ hasText: 'only releases' });
      await releases.getByText('does not match').waitFor();
      await releases.getByText('branch == "release"').waitFor();
      await releases.getByText('branch = "main"').waitFor();
      const others = today.getByRole('listitem').filter({ hasText: 'other repositories' });
      await others.getByText('somebody/else').waitFor();
      await others.getByText('dataforge/app').waitFor();
      await today.getByRole('listitem').first().getByText('matches', { exact: true }).waitFor();
      await picture(page, 'event-rules');
      await done.getByRole('link', { name: 'ledger.record' }).click();
      await page.getByRole('dialog', { name: 'ledger.record' }).waitFor();
      assert.match(page.url(), /\/runs\/[\da-f-]{36}$/);
    });
  });

  test('the delivery of an event leads to all its runs', async () => {
    await withPage(async (page) => {
      await open(page, '/');
      await page.getByRole('article').first().getByRole('link').first().click();
      await page.getByRole('dialog').getByRole('link', { name: 'all runs of it' }).click();
      await page.waitForURL(/\/runs\?delivery=[\da-f-]{36}$/);
      await page.getByText('Only the runs of one delivery.').waitFor();
      await page.getByRole('article').getByText('pushes to the ledger').waitFor();
      assert.equal(await page.getByRole('article').count(), 1);
      await page.getByRole('button', { name: 'Clear filter' }).click();
      await page.waitForURL('**/runs');
    });
  });

  test('the text of a stranger within a reason stays text', async () => {
    await hub().send('gitea', 'issues.opened', (payload) => {
      Object.assign(payload['issue'] as Record<string, unknown>, { title: HOSTILE, number: 4712 });
    });
    await withPage(async (page) => {
      await open(page, '/?type=issue.opened');
      await page.getByText(HOSTILE).first().click();
      const panel = page.getByRole('dialog');
      await panel.getByRole('tab', { name: 'Rules' }).click();
      await panel.getByText('title == "something else"').waitFor();
      await panel.getByText(/^title = "<img src=x/).waitFor();
      assert.equal(await page.locator('img').count(), 0);
    });
  });

  test('where the hub does not explain, the tab tells what was done and nothing else', async () => {
    await withPage(
      async (page) => {
        await page.route('**/explain', (route) =>
          route.fulfill({
            status: 404,
            contentType: 'application/problem+json',
            body: JSON.stringify({ title: 'Not found', detail: 'There is no such address.', code: 'not_found' }),
          }),
        );
        await open(page, '/?type=push');
        await page.getByRole('article').first().getByRole('link').first().click();
        const panel = page.getByRole('dialog');
        await panel.getByRole('tab', { name: 'Rules' }).click();
        await panel.getByText('succeeded').waitFor();
        await panel.getByRole('progressbar').waitFor({ state: 'detached' });
        assert.equal(await panel.getByRole('alert').count(), 0);
        assert.equal(await panel.getByText('By today’s rules').count(), 0);
      },
      { expects: FAILED_REQUEST },
    );
  });
});
