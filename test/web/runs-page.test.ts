import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noBrowser } from '../browser.ts';
import { seedRuns } from '../seed-runs.ts';
import { createPageContext, FAILED_REQUEST } from './page-context.ts';
import { HOSTILE, seedDeadLedgerRuns, seedRunOfEachState, toAgoTime, toLaterTime } from './seed-page-runs.ts';

const RULES = `
rules:
  - name: pushes to the ledger
    on: push
    do: { ledger.record: { node: 'push_{{ repo.name }}' } }
`;

describe('the page of runs', { skip: noBrowser }, () => {
  const { hub, withPage, open, picture } = createPageContext(RULES);
  const db = () => hub().hub.database();

  test('before the first run the page says how runs come about, and the pages link to each other', async () => {
    await withPage(async (page) => {
      await open(page, '/');
      const pages = page.getByRole('navigation', { name: 'Pages' });
      await pages.getByRole('link', { name: 'Runs' }).click();
      await page.getByText('No rule has set anything off yet.').waitFor();
      assert.equal(page.url(), `${hub().hub.url}/runs`);
      assert.equal(await pages.getByRole('link', { name: 'Runs' }).getAttribute('aria-current'), 'page');
      await pages.getByRole('link', { name: 'Ledger' }).click();
      await page.getByText('Nothing is on record yet.').waitFor();
      await page.goBack();
      await page.getByText('No rule has set anything off yet.').waitFor();
      await page.goBack();
      await page.getByRole('heading', { name: 'Nothing has happened yet' }).waitFor();
    });
  });

  test('a run appears by itself when an event matches a rule, and links to the event and back', async () => {
    await withPage(async (page) => {
      await open(page, '/runs');
      await hub().send('gitea', 'push.commits');
      const row = page.getByRole('article').filter({ hasText: 'pushes to the ledger' });
      await row.getByText('succeeded').waitFor();
      await row.getByText('ledger.record').click();
      const run = page.getByRole('dialog', { name: 'ledger.record' });
      const event = page.getByRole('dialog', { name: /Cache the dependencies/ });
      await run.getByText(/^Recorded as a run of push_/).waitFor();
      await run.getByRole('link', { name: /^push \(no\. \d+\)$/ }).click();
      await event.getByRole('link', { name: 'ledger.record' }).waitFor();
      assert.match(page.url(), /\/events\/[\da-f-]{36}$/);
      await page.keyboard.press('Escape');
      await event.waitFor({ state: 'detached' });
      await run.getByText(/^Recorded as a run of push_/).waitFor();
      await page.keyboard.press('Escape');
      await run.waitFor({ state: 'detached' });
      assert.equal(page.url(), `${hub().hub.url}/runs`);
    });
  });

  test('every state has its row, its count and its filter, and the filter stays in the address', async () => {
    await seedRunOfEachState(db());
    await withPage(async (page) => {
      await open(page, '/runs');
      const states = page.getByRole('group', { name: 'Show runs that are' });
      for (const state of ['queued', 'running', 'waiting', 'failed', 'dead', 'unchanged', 'skipped', 'cancelled']) {
        await page.getByRole('article', { name: new RegExp(`^${state}: `) }).waitFor();
      }
      await states.getByRole('button', { name: 'dead 1' }).waitFor();
      await page.getByRole('navigation').getByRole('link', { name: 'Runs 1' }).waitFor();
      const failed = page.getByRole('article', { name: /^failed: / });
      await failed.getByText('3 attempts').waitFor();
      await failed.getByText(/next attempt in 3h/).waitFor();
      await failed.getByText('matrix.example.org answered 502').waitFor();
      await picture(page, 'runs');

      await states.getByRole('button', { name: 'dead' }).click();
      await states.getByRole('button', { name: 'waiting' }).click();
      await page.waitForURL('**/runs?state=waiting%2Cdead');
      await page.getByRole('article', { name: /^waiting: / }).waitFor();
      await page.getByRole('article', { name: /^failed: / }).waitFor({ state: 'detached' });
      assert.equal(await page.getByRole('article').count(), 2);

      await page.getByRole('combobox', { name: 'Action' }).fill('slack.notify');
      await page.keyboard.press('Enter');
      await page.waitForURL(/action=slack\.notify/);
      await page.getByRole('article', { name: /^dead: / }).waitFor({ state: 'detached' });
      await page.reload();
      await page.getByRole('article', { name: /^waiting: / }).waitFor();
      assert.equal(await page.getByRole('article').count(), 1);

      await page.getByRole('combobox', { name: 'Repository' }).fill('nobody/*');
      await page.keyboard.press('Enter');
      await page.getByText('No run matches this filter.').waitFor();
      await page.getByRole('button', { name: 'Clear filter' }).last().click();
      await page.getByRole('article', { name: /^failed: / }).waitFor();
      assert.equal(page.url(), `${hub().hub.url}/runs`);
    });
  });

  test('a filter that the hub refuses is explained and can be cleared', async () => {
    await withPage(
      async (page) => {
        await open(page, '/runs?event=nonsense');
        const refusal = page.getByRole('alert').filter({ hasText: 'is not an id' });
        await refusal.getByText('invalid_request').waitFor();
        await refusal.getByRole('button', { name: 'Clear filter' }).click();
        await page.getByRole('article').first().waitFor();
      },
      { expects: FAILED_REQUEST },
    );
  });

  test('the details of a run tell its steps, attempts, calls, input and what to do', async () => {
    const { failed = '', dead = '' } = await seedRunOfEachState(db());
    await withPage(async (page) => {
      await open(page, `/runs/${failed}`);
      const panel = page.getByRole('dialog');
      await panel.getByText('It is tried again by itself.').waitFor();
      const steps = panel.getByRole('region', { name: 'Steps' });
      await steps.getByText('join the room').waitFor();
      await steps.getByText('340 ms').waitFor();
      await steps.getByText('The answer was 502 Bad Gateway.').waitFor();
      await steps.getByLabel('log of send the message').getByText(HOSTILE).waitFor();
      await panel.getByRole('heading', { name: '3 attempts' }).waitFor();
      await panel.getByText('7 calls by matrix').waitFor();
      await panel.getByText('#releases:example.org', { exact: true }).waitFor();
      await picture(page, 'run');

      await open(page, `/runs/${dead}`);
      await panel.getByText('${env:DEPLOY_SECRET}').first().waitFor();
      await panel.getByText('secret, by reference').waitFor();
      await panel.getByText('javascript:document.title=1', { exact: true }).waitFor();
      await panel.getByText(`rule ${HOSTILE}`).first().waitFor();
      assert.equal(await page.locator('a[href^="javascript:"]').count(), 0);
      assert.equal(await page.locator('img').count(), 0);
      assert.equal(await page.title(), 'Runs · Fettle');
    });
  });

  test('a run that is not known says so', async () => {
    await withPage(
      async (page) => {
        await open(page, '/runs/01990000-0000-7000-8000-000000000000');
        await page.getByRole('dialog').getByText('No such run is known.').waitFor();
      },
      { expects: FAILED_REQUEST },
    );
  });

  test('redriving asks first, really does it, and shows what came of it', async () => {
    const [id = ''] = await seedDeadLedgerRuns(db(), 'redriven', 1);
    await withPage(async (page) => {
      await open(page, `/runs/${id}`);
      const panel = page.getByRole('dialog');
      await panel.getByText('dead', { exact: true }).waitFor();
      await panel.getByRole('button', { name: 'Redrive' }).click();
      await panel.getByText('Get this run going again now?').waitFor();
      await page.keyboard.press('Escape');
      await panel.getByText('Get this run going again now?').waitFor({ state: 'detached' });
      assert.equal((await findState(id)) ?? '', 'dead');

      await panel.getByRole('button', { name: 'Redrive' }).click();
      await page.keyboard.press('Enter');
      await panel.getByText('Recorded as a run of redriven.').waitFor();
      assert.equal(await findState(id), 'succeeded');
      await panel.getByRole('button', { name: 'Redrive' }).waitFor({ state: 'detached' });
      await page.keyboard.press('Escape');
      await page.getByRole('article', { name: /^succeeded: ledger.record of the rule record redriven/ }).waitFor();
    });
  });

  test('cancelling keeps the reason; an unknown outcome is asked about in its own words', async () => {
    const { queued = '', waiting = '' } = await seedRunOfEachState(db());
    await withPage(async (page) => {
      await open(page, `/runs/${queued}`);
      const panel = page.getByRole('dialog');
      await panel.getByRole('button', { name: 'Cancel run' }).click();
      await panel.getByLabel('Why').fill('The room is gone');
      await panel.getByRole('group').getByRole('button', { name: 'Cancel run' }).click();
      await panel.getByText('The room is gone').first().waitFor();
      assert.equal(await findState(queued), 'cancelled');

      await open(page, `/runs/${waiting}`);
      await panel.getByRole('button', { name: 'Send again' }).click();
      await panel.getByText('If it arrived, it is there twice.').waitFor();
      await panel.getByRole('button', { name: 'Leave it' }).click();
      await panel.getByRole('button', { name: 'It was made' }).click();
      await panel.getByRole('group').getByRole('button', { name: 'It was made' }).click();
      await panel.getByText('cancelled', { exact: true }).waitFor();
      assert.equal(await findState(waiting), 'cancelled');
    });
  });

  test('an action that the hub refuses says why', async () => {
    const [id = ''] = await seedDeadLedgerRuns(db(), 'refused', 1);
    await withPage(
      async (page) => {
        await open(page, `/runs/${id}`);
        const panel = page.getByRole('dialog');
        await panel.getByRole('button', { name: 'Redrive' }).click();
        await db().updateTable('runs').set({ state: 'succeeded' }).where('id', '=', id).execute();
        await panel.getByRole('group').getByRole('button', { name: 'Redrive' }).click();
        await panel.getByRole('alert').getByText('run_not_movable').waitFor();
        await panel.getByText('succeeded', { exact: true }).waitFor();
      },
      { expects: FAILED_REQUEST },
    );
  });

  test('all dead runs of a filter are counted, confirmed and redriven', async () => {
    await seedDeadLedgerRuns(db(), 'bulk', 3);
    const [other = ''] = await seedDeadLedgerRuns(db(), 'other', 1);
    await withPage(async (page) => {
      await open(page, '/runs?state=dead&rule=record+bulk');
      await page.getByRole('article').nth(2).waitFor();
      await page.getByRole('button', { name: 'Redrive all dead of this filter' }).click();
      await page.getByText('Redrive 3 dead runs that match this filter?').waitFor();
      await picture(page, 'runs-bulk');
      await page.getByRole('button', { name: 'Redrive 3 runs' }).click();
      await page.getByRole('status').filter({ hasText: '3 runs go on.' }).waitFor();
      await page.getByText('No run matches this filter.').waitFor();
      await page.goto(`${hub().hub.url}/runs?rule=record+bulk`);
      await page
        .getByRole('article', { name: /^succeeded: / })
        .nth(2)
        .waitFor();
      assert.equal(await findState(other), 'dead');
    });
  });

  test('open breakers stand on top with their reason, and can be tried now', async () => {
    const [id = ''] = await seedRuns(db(), [
      {
        created_at: toAgoTime(1),
        state: 'waiting',
        action: 'ledger.record',
        rule: 'held back',
        destination: 'ledger',
        credential: 'forge:gitea',
        code: 'credential_refused',
        reason: 'The token was refused.',
        input: '{"node":"held"}',
      },
    ]);
    await db()
      .insertInto('breakers')
      .values([
        {
          scope: 'credential:forge:gitea',
          kind: 'credential',
          opened_at: toAgoTime(30),
          until: null,
          failures: 1,
          fingerprint: null,
          code: 'credential_refused',
          reason: 'git.example.org answered 401 Unauthorized.',
        },
        {
          scope: 'destination:deploy.example.org',
          kind: 'destination',
          opened_at: toAgoTime(10),
          until: toLaterTime(7),
          failures: 5,
          fingerprint: null,
          code: 'upstream_failed',
          reason: `deploy.example.org does not answer ${HOSTILE}`,
        },
      ])
      .execute();
    await db()
      .insertInto('rule_pauses')
      .values({
        rule: 'echo',
        scope: 'gitea dataforge/app main',
        paused_at: toAgoTime(3),
        reason: 'It fired 61 times in a minute.',
      })
      .execute();
    await withPage(async (page) => {
      await open(page, '/runs');
      const notice = page.getByRole('status').filter({ hasText: 'left alone' });
      await notice.getByText('The credential forge:gitea').waitFor();
      await notice.getByText(/one run tries in \dm/).waitFor();
      await notice.getByText(HOSTILE).waitFor();
      const pauses = page.getByRole('status').filter({ hasText: 'is paused' });
      await pauses.getByText('It fired 61 times in a minute.').waitFor();
      await picture(page, 'runs-breakers');
      await notice.getByRole('button', { name: 'Try now: forge:gitea' }).click();
      await notice.getByText('The credential forge:gitea').waitFor({ state: 'detached' });
      await page.getByRole('article', { name: /^succeeded: ledger.record of the rule held back/ }).waitFor();
      assert.equal(await findState(id), 'succeeded');
      await notice.getByRole('button', { name: 'Try now: deploy.example.org' }).click();
      await notice.waitFor({ state: 'detached' });
      await pauses.getByRole('button', { name: 'Let it go on: echo' }).click();
      await pauses.waitFor({ state: 'detached' });
    });
  });

  test('a viewer sees everything and can change nothing', async () => {
    const { dead = '', queued = '' } = await seedRunOfEachState(db());
    await withPage(async (page) => {
      await open(page, `/runs/${dead}`, 'viewer');
      const panel = page.getByRole('dialog');
      await panel.getByText('upstream_refused').first().waitFor();
      await panel.getByText('secret, by reference').waitFor();
      assert.equal(await page.getByRole('button', { name: /^(redrive|cancel run|try now)/i }).count(), 0);
      await page.goto(`${hub().hub.url}/runs/${queued}`);
      await panel.getByText('queued', { exact: true }).waitFor();
      await panel.getByText('Made', { exact: true }).waitFor();
      assert.equal(await page.getByRole('button', { name: /^(redrive|cancel run|try now)/i }).count(), 0);
    });
  });

  test('older runs are fetched while scrolling, and what changes in the window is shown', async () => {
    const ids = await seedRuns(
      db(),
      Array.from({ length: 260 }, (_, index) => ({
        created_at: toAgoTime(300 - index),
        rule: 'many',
        reason: `run ${index}`,
        state: 'skipped' as const,
      })),
    );
    await withPage(async (page) => {
      await open(page, '/runs?rule=many');
      await page.getByRole('article').first().getByText('run 259').waitFor();
      assert.ok((await page.getByRole('article').count()) < 60, 'only rows near the window are in the document');
      const oldest = page.getByRole('article', { name: /run 0$/ });
      while (!(await oldest.isVisible())) await page.mouse.wheel(0, 5_000);
      await page.getByText('That is all that is kept.').waitFor();
      await db()
        .updateTable('runs')
        .set({ reason: 'seen again' })
        .where('id', '=', ids[0] ?? '')
        .execute();
      await page.getByText('seen again').waitFor();
    });
  });

  test('the keyboard alone walks through the runs, opens one and comes back to it', async () => {
    await withPage(async (page) => {
      await open(page, '/runs?rule=many');
      await page.getByRole('article').first().getByRole('link').focus();
      await page.keyboard.press('ArrowDown');
      const second = page.getByRole('article').nth(1).getByRole('link');
      await second.and(page.locator(':focus')).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await second.and(page.locator(':focus')).waitFor();
      assert.match(page.url(), /\/runs\?rule=many$/);
    });
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`runs fit a narrow screen and a wide one, in ${colorScheme} colours`, async () => {
      const { failed = '' } = await seedRunOfEachState(db());
      await withPage(
        async (page) => {
          await open(page, '/runs');
          await page.getByRole('article').first().waitFor();
          await picture(page, `runs-${colorScheme}`);
          await page.setViewportSize({ width: 360, height: 740 });
          await page.waitForFunction('document.documentElement.scrollWidth <= 360');
          await picture(page, `runs-narrow-${colorScheme}`);
          await page.goto(`${hub().hub.url}/runs/${failed}`);
          await page.getByRole('dialog').getByText('join the room').waitFor();
          await picture(page, `run-narrow-${colorScheme}`);
          assert.equal(await page.evaluate('document.documentElement.scrollWidth <= 360'), true);
          await page.setViewportSize({ width: 1280, height: 800 });
          await picture(page, `run-${colorScheme}`);
        },
        { colorScheme, reducedMotion: 'reduce' },
      );
    });
  }

  async function findState(id: string): Promise<string | undefined> {
    const row = await db().selectFrom('runs').select('state').where('id', '=', id).executeTakeFirst();
    return row?.state;
  }
});
