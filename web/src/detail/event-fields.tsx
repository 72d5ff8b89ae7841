import type { ReactNode } from 'react';
import type { HubEvent } from '../api/shapes.ts';
import { toMarks } from '../event/marks.ts';
import { KIND_TITLES } from '../event/kinds.ts';
import { Link } from '../navigation/Link.tsx';
import { toMomentText } from '../shared/time.ts';
import { SafeLink } from '../shared/SafeLink.tsx';
import { CommitList } from './CommitList.tsx';
import type { Field } from './FieldList.tsx';
import styles from './EventTab.module.css';

/** The fields of an event in words, in the order in which one asks: where, what, who, when. Everything else is in its JSON. */
export function toEventFields(event: HubEvent): Field[] {
  const fields: Field[] = [];
  const add = (name: string, value: ReactNode) => {
    if (value !== undefined && value !== null && value !== '') fields.push({ name, value });
  };
  const { repo, actor, head, base, check, release } = event;
  add('Page', event.url !== undefined && <SafeLink url={event.url}>{event.url}</SafeLink>);
  add(
    'Repository',
    repo && (repo.url === undefined ? repo.fullName : <SafeLink url={repo.url}>{repo.fullName}</SafeLink>),
  );
  add('Forge', event.forge === event.kind ? KIND_TITLES[event.kind] : `${event.forge} (${KIND_TITLES[event.kind]})`);
  add('Actor', actor && [actor.login, actor.name].filter(Boolean).join(' · '));
  add('Author', event.author?.login !== actor?.login && event.author?.login);
  add(
    'Number',
    event.number !== undefined && `#${event.number}${event.subject === undefined ? '' : ` (${event.subject})`}`,
  );
  add('Task', event.task !== undefined && <Link href={`/tasks/${event.task.id}`}>{toTaskText(event.task)}</Link>);
  add('State', event.state);
  add('Branch', event.branch);
  add('Tag', event.tag);
  add('From', head && toEnd(head));
  add('Into', base && toEnd(base));
  add('Label', event.label);
  add('All labels', event.labels?.join(', '));
  add('Assignee', event.assignee);
  add('Reviewer', event.reviewer);
  add('Milestone', event.milestone);
  add('File', event.path !== undefined && `${event.path}${event.line === undefined ? '' : `:${event.line}`}`);
  add('Check', check && [check.name, check.status, check.conclusion].filter(Boolean).join(' · '));
  add('Release', release && [release.tag, release.name].filter(Boolean).join(' · '));
  add('Package', event.package && [event.package.name, event.package.version].filter(Boolean).join(' '));
  add('Fork', event.fork?.fullName);
  add('Permission', event.permission);
  add('Happened', event.occurredAt !== undefined && toMomentText(event.occurredAt));
  add('Received', toMomentText(event.receivedAt));
  add('Forge says', [event.native?.event, event.native?.action].filter(Boolean).join(' · '));
  add('Reason', event.reason);
  for (const { name, about } of toMarks(event)) add(`Mark: ${name}`, about);
  add('Commits', event.commits !== undefined && event.commits.length > 0 && <CommitList event={event} />);
  add('Text', event.body !== undefined && event.body !== '' && <pre className={styles.body}>{event.body}</pre>);
  return fields.filter(({ value }) => value !== false);
}

function toTaskText({ state, agent, attempt }: NonNullable<HubEvent['task']>): string {
  return [state.replaceAll('_', ' '), agent, attempt > 0 && `${attempt} attempts used`].filter(Boolean).join(' · ');
}

function toEnd({ ref, sha, repo }: NonNullable<HubEvent['head']>): string {
  return [repo, ref, sha?.slice(0, 12)].filter(Boolean).join(' · ');
}
