import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { toRunKey, toStickyMarker, withoutMarkers } from '../../core/marker.ts';
import type { CommentApi, ForgeComment } from '../../forges/write-contract.ts';
import { defineAction } from '../define-action.ts';
import { toForgeText, toMarkedText } from './forge-text.ts';
import {
  findSubject,
  getKind,
  openGroup,
  SUBJECT_FIELDS,
  type SubjectPlace,
  toNoSubject,
  toSubjectTarget,
} from './place.ts';
import { TEXT_FIELDS } from './text-fields.ts';

const input = z.strictObject({
  body: template('What the comment is to say from now on, in Markdown.'),
  key: template(
    'Tells several such comments on one issue or pull request apart. Without it the name of the rule.',
  ).optional(),
  ...TEXT_FIELDS,
  ...SUBJECT_FIELDS,
});

/** Room that a key may take in the text. */
const MAX_KEY_LENGTH = 200;

export const commentUpsert = defineAction({
  name: 'comment.upsert',
  summary:
    'Keeps one comment on the issue or pull request up to date: the first event writes it, later ones edit it in place.',
  input,
  examples: [
    {
      title: 'Show the latest result of the checks in one comment',
      yaml: 'comment.upsert: { key: checks, body: "**{{ check.name }}**: {{ check.conclusion }} for {{ check.sha | short_sha }}" }',
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
    const stickyKey = (given.key ?? run.rule).slice(0, MAX_KEY_LENGTH);
    const body = toMarkedText(toForgeText(given.body, given), { kind, run: run.id, hops: run.hops + 1, stickyKey });
    const done = await context.step('write the comment', async () => {
      const found = await comments.findOwn(place.ref, toStickyMarker(stickyKey, kind));
      const { verb, comment } = await write(comments, place, found, body, run.id);
      return { verb, id: comment.id, url: comment.url };
    });
    const where = `on ${place.repo.fullName}#${place.ref.number}`;
    const rest = { data: { id: done.id }, ...(done.url === undefined ? {} : { url: done.url }) };
    if (done.verb === 'left')
      return { state: 'unchanged', summary: `The comment ${where} already says that.`, ...rest };
    return {
      state: 'succeeded',
      summary: `${done.verb === 'made' ? 'Commented' : 'Edited the comment'} ${where}.`,
      ...rest,
    };
  },
});

async function write(
  comments: CommentApi,
  { ref }: SubjectPlace,
  found: ForgeComment | undefined,
  body: string,
  run: string,
): Promise<{ readonly verb: 'made' | 'edited' | 'left'; readonly comment: ForgeComment }> {
  if (found === undefined) return { verb: 'made', comment: await comments.create(ref, body) };
  if (withoutMarkers(found.body) !== withoutMarkers(body)) {
    return { verb: 'edited', comment: await comments.update(ref, found.id, body) };
  }
  // Its mark tells whether it was an earlier attempt of this very run that wrote it.
  return { verb: found.body.includes(toRunKey(run)) ? 'edited' : 'left', comment: found };
}
