import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { textOrList } from '../../config/shapes.ts';
import { toRunKey } from '../../core/marker.ts';
import type { RunContext } from '../../jobs/contract.ts';
import { defineAction } from '../define-action.ts';
import { toMarkdown } from '../message/markdown.ts';
import { toPlainHeadline } from '../message/plain-text.ts';
import { toNotice } from '../notice.ts';
import { toForgeText, toMarkedText, toTitle } from './forge-text.ts';
import { findPlace, getKind, openGroup, PLACE_FIELDS, toForgeTarget } from './place.ts';
import { TEXT_FIELDS } from './text-fields.ts';

const input = z.strictObject({
  title: template('Title. Without it a line that says what the event is about.').optional(),
  body: template('Text, in Markdown. Without it what the event is about, with a link.').optional(),
  labels: textOrList(template('A label.'))
    .prefault([])
    .describe('Labels; those that the repository does not have are made.'),
  assignees: textOrList(template('A login.')).prefault([]).describe('Logins of those who are to see to it.'),
  ...TEXT_FIELDS,
  ...PLACE_FIELDS,
});

/** Clocks of forge and hub may differ by this much, when an issue of an earlier attempt is looked for. */
const MAX_SKEW_MS = 3_600_000;

export const issueCreate = defineAction({
  name: 'issue.create',
  summary: 'Opens an issue in the repository of the event, once for each event.',
  input,
  examples: [
    {
      title: 'An issue for each failed pipeline on main',
      yaml: 'issue.create: { title: "{{ check.name }} failed on {{ check.branch }}", body: "{{ check.url }}", labels: [ci], assignees: ada }',
    },
    {
      title: 'A reminder on a schedule, which has no event',
      yaml: 'issue.create: { forge: home, repo: dataforge/app, title: "Look through the open issues" }',
    },
  ],
  needs: ['issues'],
  idempotency: 'marker',
  timeoutMs: 120_000,
  concurrency: 4,
  allowedInRepository: true,
  target(given, event) {
    const place = findPlace(given, event);
    return toForgeTarget(place, place === undefined ? null : `issues:${place.forge}:${place.repo.fullName}`);
  },
  async run(context, given) {
    const { run, event } = context;
    const place = findPlace(given, event);
    if (place === undefined) {
      return {
        state: 'skipped',
        summary: 'It is not known in which repository: name `repo`, and `forge` without an event.',
      };
    }
    const { forge, repo } = place;
    const issues = openGroup(context, forge, 'issues');
    const marks = { kind: getKind(context, forge), run: run.id, hops: run.hops + 1 };
    const made = await context.step('open the issue', async () => {
      const since = new Date(Date.parse(run.createdAt) - MAX_SKEW_MS).toISOString();
      // An earlier attempt may have opened it without hearing of it.
      const earlier = run.attempt > 1 ? await issues.findOwn(repo, toRunKey(run.id), since) : undefined;
      if (earlier !== undefined) context.log('An earlier attempt had opened it.');
      const { title, body } = toWords(context, given);
      const text = toMarkedText(toForgeText(body, given), marks);
      const { labels, assignees } = given;
      const { number, url } = earlier ?? (await issues.create(repo, { title, body: text, labels, assignees }));
      return { number, url };
    });
    const summary = `Opened ${repo.fullName}#${made.number}.`;
    const url = made.url === undefined ? {} : { url: made.url };
    return { state: 'succeeded', summary, data: { number: made.number }, ...url };
  },
});

function toWords(context: RunContext, given: z.output<typeof input>): { title: string; body: string } {
  const notice = toNotice(undefined, context);
  const link = notice.url === null ? '' : `\n\n${notice.url}`;
  const title = toTitle(toForgeText(given.title ?? toPlainHeadline(notice), given));
  return { title, body: given.body ?? `${toMarkdown(notice)}${link}` };
}
