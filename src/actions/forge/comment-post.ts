import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { toRunKey } from '../../core/marker.ts';
import { defineAction } from '../define-action.ts';
import { toForgeText, toMarkedText } from './forge-text.ts';
import { findSubject, getKind, openGroup, SUBJECT_FIELDS, toNoSubject, toSubjectTarget } from './place.ts';
import { TEXT_FIELDS } from './text-fields.ts';

const input = z.strictObject({
  body: template('The comment, in Markdown.'),
  ...TEXT_FIELDS,
  ...SUBJECT_FIELDS,
});

export const commentPost = defineAction({
  name: 'comment.post',
  summary: 'Writes a comment on the issue or pull request of the event, once for each event.',
  input,
  examples: [
    {
      title: 'Greet who opens a pull request, and let them be notified',
      yaml: 'comment.post: { body: "Thank you, @{{ actor.login }}! Somebody will look at it soon.", mentions: "{{ actor.login }}" }',
    },
    {
      title: 'Note each push to main in issue 1',
      yaml: 'comment.post: { number: "1", body: "{{ actor.login }} pushed {{ commitCount }} commits to {{ branch }}." }',
    },
  ],
  needs: ['comments'],
  idempotency: 'marker',
  timeoutMs: 120_000,
  concurrency: 4,
  allowedInRepository: true,
  target: toSubjectTarget,
  async run(context, given) {
    const { run, event } = context;
    const place = findSubject(given, event);
    if (place === undefined) return toNoSubject(event);
    if (given.body.trim() === '') return { state: 'skipped', summary: 'The text of the comment is empty.' };
    const comments = openGroup(context, place.forge, 'comments');
    const kind = getKind(context, place.forge);
    const body = toMarkedText(toForgeText(given.body, given), { kind, run: run.id, hops: run.hops + 1 });
    const made = await context.step('write the comment', async () => {
      // An earlier attempt may have written it without hearing of it.
      const earlier = run.attempt > 1 ? await comments.findOwn(place.ref, toRunKey(run.id)) : undefined;
      if (earlier !== undefined) context.log('An earlier attempt had written it.');
      const { id, url } = earlier ?? (await comments.create(place.ref, body));
      return { id, url };
    });
    const summary = `Commented on ${place.repo.fullName}#${place.ref.number}.`;
    return { state: 'succeeded', summary, data: { id: made.id }, ...(made.url === undefined ? {} : { url: made.url }) };
  },
});
