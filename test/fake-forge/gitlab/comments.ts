import { type FakeComment, FakeRefusal, type FakeRoute } from '../contract.ts';
import { writeComment } from '../deeds.ts';
import { toLinkedPage } from '../pages.ts';
import { getText } from '../state.ts';
import { toUser } from './account.ts';
import { doerOf, getPlace, PLACES } from './place.ts';

/** Notes of GitLab. A line that begins with a command is carried out and left out of the note, as there. */
export const commentRoutes: readonly FakeRoute[] = PLACES.flatMap((place): FakeRoute[] => [
  {
    method: 'GET',
    path: `${place}/:iid/notes`,
    answer(request) {
      const onlyComments = request.query.get('activity_filter') === 'only_comments';
      const notes = getPlace(request)
        .comments.filter(({ system }) => !onlyComments || system !== true)
        .map(toNote);
      if (request.query.get('sort') !== 'asc') notes.reverse();
      return toLinkedPage(request, notes, { name: 'per_page', default: 20, most: 100 });
    },
  },
  {
    method: 'POST',
    path: `${place}/:iid/notes`,
    answer(request) {
      const subject = getPlace(request);
      const lines = getText(request.body, 'body').split('\n');
      if (lines.includes('/close')) subject.state = 'closed';
      const body = lines.filter((line) => line !== '/close').join('\n');
      if (body.trim() === '') return { status: 202, body: { commands_changes: { state_event: 'close' } } };
      return { status: 201, body: toNote(writeComment(doerOf(request), subject, body)) };
    },
  },
  {
    method: 'PUT',
    path: `${place}/:iid/notes/:note`,
    answer(request) {
      const note = getPlace(request).comments.find(({ id }) => String(id) === request.params['note']);
      if (note === undefined) throw new FakeRefusal(404, 'Note Not Found');
      if (note.author !== request.token.account) throw new FakeRefusal(403, 'Forbidden');
      note.body = getText(request.body, 'body');
      return { body: toNote(note) };
    },
  },
]);

function toNote({ id, body, author, createdAt, system = false, internal = false }: FakeComment) {
  const common = { id, type: null, body, author: toUser(author), created_at: createdAt };
  return { ...common, system, internal, confidential: internal };
}
