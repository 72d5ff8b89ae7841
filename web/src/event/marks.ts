import type { HubEvent } from '../api/shapes.ts';

/** A small remark on an event and what it means. */
export interface Mark {
  readonly name: string;
  readonly about: string;
}

/** What is unusual about an event. */
export function toMarks(event: HubEvent): readonly Mark[] {
  const marks: Mark[] = [];
  const add = (isSo: boolean | undefined, name: string, about: string) => {
    if (isSo === true) marks.push({ name, about });
  };
  add(event.test, 'test', 'Made by the test button of the forge.');
  add(
    event.own,
    'own',
    'Done by an account of the hub itself; no rule is matched, so that nothing goes round in circles.',
  );
  add(event.stale, 'stale', 'Older than the memory for delivery ids; shown, but no rule is matched.');
  add(
    event.assumed,
    'assumed',
    'The forge does not say what changed and the subject was never seen before, so this change is assumed.',
  );
  add(
    event.permission === 'unknown',
    'permission unknown',
    'Neither the forge’s message nor its API tells whether the actor may write here.',
  );
  add(event.origin === 'replay', 'replay', 'A person had the hub handle an earlier delivery again.');
  add(event.origin === 'recovered', 'recovered', 'Found by asking the forge, not by a webhook.');
  add(event.origin === 'manual', 'manual', 'Made by a person, not by a forge.');
  add(event.forced, 'forced', 'The push rewrote the history of the branch.');
  add(event.draft, 'draft', 'The pull request is a draft.');
  add(event.actor?.bot, 'bot', 'The actor is a bot.');
  add(event.confidential, 'confidential', 'The forge marks this as confidential.');
  return marks;
}
