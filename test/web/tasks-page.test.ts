import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { noBrowser } from '../browser.ts';
import { saveAgentProfile } from '../../src/store/task-agents.ts';
import { OPTIONS, UNDERSTOOD } from '../task-machine.ts';
import { createPageContext, FAILED_REQUEST } from './page-context.ts';
import { HOSTILE, toAgoTime } from './seed-page-runs.ts';
import { seedPageTasks, seedTaskOfEachState, seedWaitingTask } from './seed-page-tasks.ts';

const AGENTS = `
agents:
  glm: { about: Runs on our own machine, contextLimit: 128000, capabilities: [low, medium, rust], concurrency: 2 }
`;

describe('the page of tasks', { skip: noBrowser }, () => {
  const { hub, withPage, open, picture } = createPageContext(AGENTS);
  const db = () => hub().hub.database();

  test('before the first task the page says how tasks come about, and leads to the agents', async () => {
    await withPage(async (page) => {
      await open(page, '/');
      const pages = page.getByRole('navigation', { name: 'Pages' });
      await pages.getByRole('link', { name: 'Tasks' }).click();
      await page.getByText('No task was opened yet.').waitFor();
      assert.equal(page.url(), `${hub().hub.url}/tasks`);
      assert.equal(await page.title(), 'Tasks · Fettle');
      await page.getByRole('navigation', { name: 'Tasks and agents' }).getByRole('link', { name: 'Agents' }).click();
      await page.getByRole('heading', { name: 'glm' }).waitFor();
      assert.equal(await pages.getByRole('link', { name: 'Tasks' }).getAttribute('aria-current'), 'page');
      await page.goBack();
      await page.getByText('No task was opened yet.').waitFor();
    });
  });

  test('every state has its row, its count and its filter, and the filter stays in the address', async () => {
    await seedTaskOfEachState(db());
    await withPage(async (page) => {
      await open(page, '/tasks');
      const states = page.getByRole('group', { name: 'Show tasks that are' });
      for (const state of [
        'blocked',
        'queued',
        'leased',
        'needs input',
        'awaiting approval',
        'failed',
        'dead',
        'succeeded',
        'cancelled',
      ]) {
        await page.getByRole('article', { name: new RegExp(`^${state}: `) }).waitFor();
      }
      await states.getByRole('button', { name: 'dead 1' }).waitFor();
      // A question, an approval and one that is dead.
      await page.getByRole('navigation').getByRole('link', { name: 'Tasks 3' }).waitFor();
      const leased = page.getByRole('article', { name: /^leased: / });
      await leased.getByText('glm · 40 %').waitFor();
      await leased.getByText(/^lease for 1[12]:\d\d$/).waitFor();
      await page
        .getByRole('article', { name: /^blocked: / })
        .getByText('Waits for #12 and #13.')
        .waitFor();
      await page
        .getByRole('article', { name: /^queued: / })
        .getByText('52,000 tokens')
        .waitFor();
      await picture(page, 'tasks');

      await states.getByRole('button', { name: 'dead' }).click();
      await states.getByRole('button', { name: 'needs input' }).click();
      await page.waitForURL('**/tasks?state=needs_input%2Cdead');
      await page.getByRole('article', { name: /^dead: / }).waitFor();
      await page.getByRole('article', { name: /^leased: / }).waitFor({ state: 'detached' });
      assert.equal(await page.getByRole('article').count(), 2);

      await page.getByRole('combobox', { name: 'Held by' }).fill('sonnet');
      await page.keyboard.press('Enter');
      await page.waitForURL(/agent=sonnet/);
      await page.getByRole('article', { name: /^dead: / }).waitFor({ state: 'detached' });
      await page.reload();
      await page.getByRole('article', { name: /^needs input: / }).waitFor();
      assert.equal(await page.getByRole('article').count(), 1);

      await page.getByRole('combobox', { name: 'Repository' }).fill('nobody/*');
      await page.keyboard.press('Enter');
      await page.getByText('No task matches this filter.').waitFor();
      await page.getByRole('button', { name: 'Clear filter' }).last().click();
      await page.getByRole('article', { name: /^leased: / }).waitFor();
      assert.equal(page.url(), `${hub().hub.url}/tasks`);
    });
  });

  test('the details of a task tell who holds it until when, and what happened; texts of strangers stay texts', async () => {
    const { leased = '' } = await seedTaskOfEachState(db());
    await withPage(async (page) => {
      await open(page, `/tasks/${leased}`);
      const panel = page.getByRole('dialog', { name: `Cache ${HOSTILE}` });
      const standing = panel.getByRole('region', { name: 'How it stands' });
      await standing.getByText(/without a heartbeat the lease goes on for 1[12]:\d\d; 40 % done\./).waitFor();
      await standing.getByText(`Last note: Writing tests ${HOSTILE}`).waitFor();
      const journal = panel.getByRole('region', { name: 'Journal' });
      await journal.getByRole('listitem').first().getByText('by glm').waitFor();
      assert.equal(await journal.getByRole('listitem').count(), 3);
      await panel.getByText('15 min without a heartbeat').waitFor();
      await picture(page, 'task');
      assert.equal(await page.locator('a[href^="javascript:"]').count(), 0);
      assert.equal(await page.locator('img').count(), 0);
      assert.equal(await page.title(), 'Tasks · Fettle');
      // The countdown goes on by the second.
      const before = (await standing.getByRole('time').textContent()) ?? '';
      await standing.getByRole('time').filter({ hasNotText: before }).waitFor();
    });
  });

  test('what was understood is told with its source, and what does not fit', async () => {
    const { queued = '' } = await seedTaskOfEachState(db());
    await withPage(async (page) => {
      await open(page, `/tasks/${queued}`);
      const understood = page.getByRole('dialog').getByRole('region', { name: 'Understood' });
      await understood.getByText('52,000 tokens (by the formula, 95 % sure)').waitFor();
      await understood.getByText('medium (from its section, 95 % sure)').first().waitFor();
      await understood.getByText(/the text states 46,800 tokens, but its parts give 52,000/).waitFor();
      await understood.getByText('1 of 3 done').waitFor();
      await understood.getByText('#12', { exact: true }).waitFor();
      await page.getByText('assigned to mosaic by bob').waitFor();
      await page.getByText('glm: glm costs nothing.').waitFor();
      await page.getByText('Text of the issue').click();
      await page.getByLabel('text of the issue', { exact: true }).getByText('## Context Estimate').waitFor();
      await picture(page, 'task-understood');
    });
  });

  test('a question and a completion are shown with what was checked', async () => {
    const { needs_input = '', awaiting_approval = '' } = await seedTaskOfEachState(db());
    await withPage(async (page) => {
      await open(page, `/tasks/${needs_input}`);
      const panel = page.getByRole('dialog');
      await panel.getByText('Which of the two lists?').waitFor();
      await panel.getByText('A comment on the forge answers it.', { exact: true }).waitFor();
      await page.goto(`${hub().hub.url}/tasks/${awaiting_approval}`);
      const verdicts = panel.getByRole('region', { name: 'Checked before it counts as done' });
      await verdicts.getByText('The check `lint` failed.').waitFor();
      assert.equal(await verdicts.getByRole('listitem').count(), 2);
      const result = panel.getByRole('region', { name: 'Handed in' });
      await result.getByText('Sorted.').waitFor();
      const pull = result.getByRole('link', { name: 'https://git.example.org/dataforge/app/pulls/14' });
      assert.equal(await pull.getAttribute('rel'), 'noopener noreferrer');
      await picture(page, 'task-approval');
    });
  });

  test('approving asks first, keeps the note, and shows what came of it', async () => {
    const { awaiting_approval: id = '' } = await seedTaskOfEachState(db());
    await withPage(async (page) => {
      await open(page, `/tasks/${id}`);
      const panel = page.getByRole('dialog');
      await panel.getByRole('button', { name: 'Accept the work' }).click();
      await panel.getByText('Accept what was handed in').waitFor();
      await page.keyboard.press('Escape');
      await panel.getByText('Accept what was handed in').waitFor({ state: 'detached' });
      assert.equal(await findState(id), 'awaiting_approval');

      await panel.getByRole('button', { name: 'Accept the work' }).click();
      await panel.getByRole('textbox', { name: 'Note' }).fill('Looks good');
      await page.keyboard.press('Enter');
      await panel.getByText('succeeded', { exact: true }).first().waitFor();
      await panel.getByRole('region', { name: 'Journal' }).getByText('Looks good').waitFor();
      assert.equal(await findState(id), 'succeeded');
      assert.equal(await panel.getByRole('button', { name: /Accept|Send back|Call off|Requeue/ }).count(), 0);
    });
  });

  test('work is sent back, a task called off, put aside and put back into the queue', async () => {
    const { awaiting_approval = '', leased = '', dead = '' } = await seedTaskOfEachState(db());
    await withPage(async (page) => {
      const panel = page.getByRole('dialog');
      const decide = async (verb: string, note?: string) => {
        await panel.getByRole('button', { name: verb }).click();
        if (note !== undefined) await panel.getByRole('textbox', { name: 'Note' }).fill(note);
        await panel.getByRole('group').getByRole('button', { name: verb }).click();
        await panel.getByRole('button', { name: 'Leave it' }).waitFor({ state: 'detached' });
      };
      await open(page, `/tasks/${awaiting_approval}`);
      await decide('Send back', 'The list is upside down');
      await panel.getByText('The list is upside down').first().waitFor();
      assert.notEqual(await findState(awaiting_approval), 'awaiting_approval');

      await page.goto(`${hub().hub.url}/tasks/${leased}`);
      await decide('Quarantine', 'Odd');
      await panel.getByText(/^Taken out of circulation by .*requeue it to let it go on\.$/).waitFor();
      assert.equal(await findState(leased), 'blocked');
      await panel.getByRole('button', { name: 'Quarantine' }).waitFor({ state: 'detached' });
      await decide('Call off');
      await panel.getByText('cancelled', { exact: true }).first().waitFor();
      assert.equal(await findState(leased), 'cancelled');

      await page.goto(`${hub().hub.url}/tasks/${dead}`);
      await decide('Requeue');
      await panel.getByText('dead', { exact: true }).waitFor({ state: 'detached' });
      await panel.getByText('0 of 3 used').waitFor();
      assert.notEqual(await findState(dead), 'dead');
    });
  });

  test('a task that is to be approved before it begins is let begin', async () => {
    const [id = ''] = await seedPageTasks(db(), [
      { state: 'awaiting_approval', title: 'Ask first', options: { ...OPTIONS, approval: 'before' } },
    ]);
    await withPage(async (page) => {
      await open(page, `/tasks/${id}`);
      const panel = page.getByRole('dialog');
      await panel.getByText('before it begins').waitFor();
      await panel.getByRole('button', { name: 'Let it begin' }).click();
      await panel.getByRole('group').getByRole('button', { name: 'Let it begin' }).click();
      await panel.getByText('Approved by').waitFor();
      await panel.getByRole('button', { name: 'Let it begin' }).waitFor({ state: 'detached' });
    });
  });

  test('what a task waits for is shown, and waived one by one or all together', async () => {
    const id = await seedWaitingTask(db(), [
      { number: 12, title: `Parser ${HOSTILE}`, state: 'open' },
      { number: 13, title: null, state: 'unknown' },
      { number: 14, title: 'Lexer', state: 'closed' },
    ]);
    await withPage(async (page) => {
      await open(page, `/tasks/${id}`);
      const list = page.getByRole('dialog').getByRole('region', { name: 'Depends on' });
      await list.getByText(`dataforge/app #12 Parser ${HOSTILE}`).waitFor();
      await list.getByText('not found, or not to be seen by the hub').waitFor();
      await list.getByText('done', { exact: true }).waitFor();
      await picture(page, 'task-dependencies');
      assert.equal(await list.getByRole('button', { name: /^Do not wait for dataforge/ }).count(), 2);
      await list.getByRole('button', { name: 'Do not wait for dataforge/app #12' }).click();
      await list.getByText('Let it begin without waiting for dataforge/app #12?').waitFor();
      await list.getByRole('group').getByRole('button', { name: 'Do not wait' }).click();
      await list.getByText(/open, waived by/).waitFor();
      assert.equal(await findState(id), 'blocked');
      await list.getByRole('button', { name: 'Do not wait for dataforge/app #13' }).click();
      await list.getByRole('group').getByRole('button', { name: 'Do not wait' }).click();
      await list.getByText(/seen by the hub, waived by/).waitFor();
      await page.getByRole('dialog').getByText('queued', { exact: true }).waitFor();
      assert.equal(await findState(id), 'queued');
    });
  });

  test('a task that waits for more than is listed is let begin without anything, and its event leads to it', async () => {
    const [id = ''] = await seedPageTasks(db(), [
      {
        state: 'blocked',
        title: 'More than is read',
        reason: 'Waits for more that its text lists than is read.',
        blockers: 1,
        understood: UNDERSTOOD,
        difficulty: 'medium',
        estimate: 60_000,
        chosenAgent: 'glm',
      },
    ]);
    await withPage(async (page) => {
      await open(page, `/tasks/${id}`);
      const list = page.getByRole('dialog').getByRole('region', { name: 'Depends on' });
      await list.getByRole('button', { name: 'Do not wait for anything' }).click();
      await list.getByRole('group').getByRole('button', { name: 'Do not wait' }).click();
      await page.getByRole('dialog').getByText('queued', { exact: true }).waitFor();
      assert.equal(await findState(id), 'queued');

      await page.goto(`${hub().hub.url}/?type=task.ready`);
      await page.getByRole('article').filter({ hasText: 'More than is read' }).getByRole('link').click();
      const event = page.getByRole('dialog', { name: /More than is read/ });
      await event.getByRole('link', { name: 'queued', exact: true }).click();
      await page.waitForURL(`**/tasks/${id}`);
      await page.getByRole('dialog').getByRole('region', { name: 'How it stands' }).waitFor();
    });
  });

  test('a task that is not known says so', async () => {
    await withPage(
      async (page) => {
        await open(page, '/tasks/01990000-0000-7000-8000-000000000000');
        await page.getByRole('dialog').getByText('not_found').waitFor();
      },
      { expects: FAILED_REQUEST },
    );
  });

  test('what the hub refuses says why, and the page shows how it stands', async () => {
    const { awaiting_approval: id = '' } = await seedTaskOfEachState(db());
    await withPage(
      async (page) => {
        await open(page, `/tasks/${id}`);
        const panel = page.getByRole('dialog');
        await panel.getByRole('button', { name: 'Send back' }).click();
        await db()
          .updateTable('tasks')
          .set({ state: 'succeeded', submitted: null, finished_at: toAgoTime(0) })
          .where('id', '=', id)
          .execute();
        await panel.getByRole('group').getByRole('button', { name: 'Send back' }).click();
        await panel.getByRole('alert').getByText('task_not_movable').waitFor();
        await panel.getByText('succeeded', { exact: true }).waitFor();
      },
      { expects: FAILED_REQUEST },
    );
  });

  test('a viewer sees everything and can change nothing', async () => {
    const { awaiting_approval = '' } = await seedTaskOfEachState(db());
    const waiting = await seedWaitingTask(db(), [{ number: 12, title: 'Parser', state: 'open' }]);
    await withPage(async (page) => {
      const verbs = /^(accept|send back|let it|reject|requeue|quarantine|call off|do not wait)/i;
      await open(page, `/tasks/${awaiting_approval}`, 'viewer');
      const panel = page.getByRole('dialog');
      await panel.getByText('The check `lint` failed.').waitFor();
      assert.equal(await page.getByRole('button', { name: verbs }).count(), 0);
      await page.goto(`${hub().hub.url}/tasks/${waiting}`);
      await panel.getByText('dataforge/app #12 Parser').waitFor();
      assert.equal(await page.getByRole('button', { name: verbs }).count(), 0);
    });
  });

  test('a task appears, changes and leaves the filter by itself', async () => {
    await withPage(async (page) => {
      await open(page, '/tasks?state=queued&label=live');
      await page.getByText('No task matches this filter.').waitFor();
      const [id = ''] = await seedPageTasks(db(), [{ state: 'queued', title: 'Comes and goes', labels: ['live'] }]);
      await page.getByText('Comes and goes').waitFor();
      await db().updateTable('tasks').set({ state: 'failed' }).where('id', '=', id).execute();
      await page.getByText('Comes and goes').waitFor({ state: 'detached' });
    });
  });

  test('older tasks are fetched while scrolling', async () => {
    await seedPageTasks(
      db(),
      Array.from({ length: 260 }, (_, index) => ({
        state: 'cancelled' as const,
        title: `many ${index}`,
        labels: ['many'],
        createdAt: toAgoTime(300 - index),
      })),
    );
    await withPage(async (page) => {
      await open(page, '/tasks?label=many');
      await page.getByRole('article').first().getByText('many 259').waitFor();
      assert.ok((await page.getByRole('article').count()) < 60, 'only rows near the window are in the document');
      const oldest = page.getByText('many 0', { exact: true });
      while (!(await oldest.isVisible())) await page.mouse.wheel(0, 5_000);
      await page.getByText('That is all that is kept.').waitFor();
    });
  });

  test('the keyboard alone walks through the tasks, opens one and comes back to it', async () => {
    await withPage(async (page) => {
      await open(page, '/tasks?label=many');
      await page.getByRole('article').first().getByRole('link').focus();
      await page.keyboard.press('ArrowDown');
      const second = page.getByRole('article').nth(1).getByRole('link');
      await second.and(page.locator(':focus')).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('dialog').waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await second.and(page.locator(':focus')).waitFor();
      assert.match(page.url(), /\/tasks\?label=many$/);
    });
  });

  test('agents are shown with their profile, what they hold and spent, and when they were heard from', async () => {
    await saveAgentProfile(db(), 'sonnet', {
      about: `Costs money ${HOSTILE}`,
      contextLimit: null,
      cost: 3,
      capabilities: ['low', 'medium', 'high'],
      labels: ['agent*'],
      repos: ['dataforge/*'],
      concurrency: 1,
      budgetPerDay: 20,
    });
    await seedTaskOfEachState(db());
    await withPage(async (page) => {
      await open(page, '/agents');
      const glm = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'glm' }) });
      await glm.getByText('configuration').waitFor();
      await glm.getByText('128,000 tokens, for tasks of up to 64,000').waitFor();
      await glm.getByText('low, medium, rust').waitFor();
      await glm.getByText('not heard from yet').waitFor();
      const sonnet = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'sonnet' }) });
      await sonnet.getByText('3 for a million tokens').waitFor();
      await sonnet.getByText('0.00 of 20').waitFor();
      await sonnet.getByText(HOSTILE).waitFor();
      assert.equal(await page.locator('img').count(), 0);
      await picture(page, 'agents');
      await sonnet.getByRole('link', { name: /^holds \d+ of 1$/ }).click();
      await page.waitForURL('**/tasks?agent=sonnet');
      await page
        .getByRole('article', { name: /^needs input: / })
        .first()
        .waitFor();
    });
  });

  test('a hub that cannot answer is said to, and asked again', async () => {
    await withPage(
      async (page) => {
        await page.route('**/api/v1/agents', (route) => route.fulfill({ status: 403, json: REFUSAL }));
        await page.route('**/api/v1/tasks?*', (route) => route.fulfill({ status: 403, json: REFUSAL }));
        await open(page, '/agents');
        await page.getByRole('alert').getByText('You may not see this.').waitFor();
        await page.goto(`${hub().hub.url}/tasks`);
        await page.getByRole('alert').getByText('You may not see this.').waitFor();
        await page.unroute('**/api/v1/tasks?*');
        await page.getByRole('button', { name: 'Try again' }).click();
        await page.getByRole('article').first().waitFor();
      },
      { expects: FAILED_REQUEST },
    );
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`tasks fit a narrow screen and a wide one, in ${colorScheme} colours`, async () => {
      const { leased = '' } = await seedTaskOfEachState(db());
      await withPage(
        async (page) => {
          await open(page, '/tasks');
          await page.getByRole('article').first().waitFor();
          await picture(page, `tasks-${colorScheme}`);
          await page.setViewportSize({ width: 360, height: 740 });
          await page.waitForFunction('document.documentElement.scrollWidth <= 360');
          await picture(page, `tasks-narrow-${colorScheme}`);
          await page.goto(`${hub().hub.url}/agents`);
          await page.getByRole('heading', { name: 'glm' }).waitFor();
          await page.waitForFunction('document.documentElement.scrollWidth <= 360');
          await picture(page, `agents-narrow-${colorScheme}`);
          await page.goto(`${hub().hub.url}/tasks/${leased}`);
          await page.getByRole('dialog').getByText('Last note').waitFor();
          await page.waitForFunction('document.documentElement.scrollWidth <= 360');
          await picture(page, `task-narrow-${colorScheme}`);
          await page.setViewportSize({ width: 1280, height: 800 });
          await picture(page, `task-${colorScheme}`);
        },
        { colorScheme, reducedMotion: 'reduce' },
      );
    });
  }

  async function findState(id: string): Promise<string | undefined> {
    const row = await db().selectFrom('tasks').select('state').where('id', '=', id).executeTakeFirst();
    return row?.state;
  }
});

const REFUSAL = { title: 'Forbidden', detail: 'You may not see this.', code: 'forbidden' };
