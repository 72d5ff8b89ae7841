import type { EventType } from '../../core/event-types.ts';
import { type JsonObject, objectAt, textAt, timeAt } from '../read.ts';
import { type Changes, type Meaning, toChanges, toRepository } from './native.ts';

const TYPES: ReadonlyMap<string, EventType> = new Map([
  ['created', 'repository.created'],
  ['deleted', 'repository.deleted'],
  ['edited', 'repository.edited'],
  ['renamed', 'repository.renamed'],
  ['transferred', 'repository.transferred'],
  ['archived', 'repository.archived'],
  ['unarchived', 'repository.unarchived'],
  ['publicized', 'repository.publicized'],
  ['privatized', 'repository.privatized'],
]);

const STAR_TYPES: ReadonlyMap<string, EventType> = new Map([
  ['created', 'star.created'],
  ['deleted', 'star.deleted'],
]);

/** `repository`. A deletion leaves `updated_at` as it was, which may be years ago: its time is not told. */
export function readRepository(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  return [
    {
      type: TYPES.get(action ?? ''),
      occurredAt: action === 'deleted' ? undefined : timeAt(payload, 'repository', 'updated_at'),
      url: textAt(payload, 'repository', 'html_url'),
      changes: toRepositoryChanges(payload),
    },
  ];
}

/** `public`: sent beside `repository` with action `publicized`, to those who subscribe to one of them. */
export function readPublic(payload: JsonObject): readonly Meaning[] {
  return [
    {
      type: 'repository.publicized',
      occurredAt: timeAt(payload, 'repository', 'updated_at'),
      url: textAt(payload, 'repository', 'html_url'),
    },
  ];
}

/** `star`. Taking a star back has no time of its own, but it touches the repository. */
export function readStar(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  return [
    {
      type: STAR_TYPES.get(action ?? ''),
      occurredAt: timeAt(payload, 'starred_at') ?? timeAt(payload, 'repository', 'updated_at'),
    },
  ];
}

/** `watch`: GitHub's first name for a star, sent beside `star`. */
export function readWatch(payload: JsonObject, action: string | undefined): readonly Meaning[] {
  return [
    {
      type: action === 'started' ? 'watch.created' : undefined,
      occurredAt: timeAt(payload, 'repository', 'updated_at'),
    },
  ];
}

/** `fork`. `repository` is the source. */
export function readFork(payload: JsonObject): readonly Meaning[] {
  const forkee = objectAt(payload, 'forkee');
  const fork = toRepository(forkee);
  if (fork === undefined) return [{ reason: 'The payload does not name the new repository.' }];
  return [{ type: 'fork.created', occurredAt: timeAt(forkee, 'created_at'), url: fork.url, fork }];
}

/** `ping`: sent when a hook is made, and on demand. */
export function readPing(): readonly Meaning[] {
  return [{ type: 'ping', test: true }];
}

function toRepositoryChanges(payload: JsonObject): Changes | undefined {
  const repository = objectAt(payload, 'repository');
  const oldName = textAt(payload, 'changes', 'repository', 'name', 'from');
  if (oldName !== undefined) return { name: { from: oldName, to: textAt(repository, 'name') } };
  const oldOwner =
    textAt(payload, 'changes', 'owner', 'from', 'user', 'login') ??
    textAt(payload, 'changes', 'owner', 'from', 'organization', 'login');
  if (oldOwner !== undefined) return { owner: { from: oldOwner, to: textAt(repository, 'owner', 'login') } };
  return toChanges(payload, repository, ['description', 'homepage', 'default_branch', 'topics']);
}
