import type { Actor, Commit, EventDraft, Repository } from '../../core/event.ts';
import type { EventType } from '../../core/event-types.ts';
import {
  bodyAt,
  booleanAt,
  hasList,
  idAt,
  integerAt,
  type JsonObject,
  listAt,
  present,
  textAt,
  timeAt,
} from '../read.ts';

/**
 * GitHub's objects as the objects of the event model. Bodies from 2012 on are met in archives and on old appliances, so each
 * field may be missing.
 */

/** What a reader makes of a payload. Without a type it becomes `unknown`; `reason` then says why. */
export type Meaning = Omit<EventDraft, 'type'> & { readonly type?: EventType | undefined };

/** Reads the payload of one event. `action` is GitHub's own, where the event has one. */
export type Reader = (payload: JsonObject, action: string | undefined) => readonly Meaning[];

/** The value before and after, by field name. */
export type Changes = NonNullable<EventDraft['changes']>;

/** A repository; undefined when its name is not told. */
export function toRepository(source: JsonObject | undefined): Repository | undefined {
  const fullName = textAt(source, 'full_name') ?? joinName(source);
  const slash = fullName?.lastIndexOf('/') ?? -1;
  if (fullName === undefined || slash < 1 || slash === fullName.length - 1) return undefined;
  return present({
    id: idAt(source, 'id'),
    fullName,
    owner: fullName.slice(0, slash),
    name: fullName.slice(slash + 1),
    url: textAt(source, 'html_url'),
    cloneUrl: textAt(source, 'clone_url'),
    sshUrl: textAt(source, 'ssh_url'),
    private: booleanAt(source, 'private'),
    defaultBranch: textAt(source, 'default_branch') ?? textAt(source, 'master_branch'),
    description: textAt(source, 'description'),
    language: textAt(source, 'language'),
    stars: integerAt(source, 'stargazers_count'),
    fork: booleanAt(source, 'fork'),
    archived: booleanAt(source, 'archived'),
  });
}

/** In pushes before 2014 there is no full name, and the owner has a `name` instead of a `login`. */
function joinName(source: JsonObject | undefined): string | undefined {
  const owner = textAt(source, 'owner', 'login') ?? textAt(source, 'owner', 'name');
  const name = textAt(source, 'name');
  return owner === undefined || name === undefined ? undefined : `${owner}/${name}`;
}

/** An account; undefined when its login is not told. */
export function toActor(source: JsonObject | undefined): Actor | undefined {
  const login = textAt(source, 'login');
  if (login === undefined) return undefined;
  return present({
    id: idAt(source, 'id'),
    login,
    name: textAt(source, 'name'),
    email: textAt(source, 'email'),
    bot: textAt(source, 'type') === 'Bot' || login.endsWith('[bot]'),
  });
}

/** A commit of a push; undefined without an id. */
export function toCommit(source: unknown): Commit | undefined {
  const id = textAt(source, 'id');
  if (id === undefined) return undefined;
  return present({
    id,
    message: bodyAt(source, 'message') ?? '',
    url: textAt(source, 'url'),
    timestamp: timeAt(source, 'timestamp'),
    author: present({
      name: textAt(source, 'author', 'name'),
      email: textAt(source, 'author', 'email'),
      login: textAt(source, 'author', 'username'),
    }),
    added: textsAt(source, 'added'),
    modified: textsAt(source, 'modified'),
    removed: textsAt(source, 'removed'),
  });
}

/** The texts of a list; undefined when there is no list. */
export function textsAt(source: unknown, ...path: string[]): string[] | undefined {
  if (!hasList(source, ...path)) return undefined;
  return listAt(source, ...path)
    .map((entry) => textAt({ entry }, 'entry'))
    .filter((entry) => entry !== undefined);
}

/** One field of each object of a list; undefined when there is no list. */
export function fieldsAt(source: unknown, list: string, field: string): string[] | undefined {
  if (!hasList(source, list)) return undefined;
  return listAt(source, list)
    .map((entry) => textAt(entry, field))
    .filter((entry) => entry !== undefined);
}

/**
 * What an edit says that it changed. GitHub tells only the value before (`{"title": {"from": "…"}}`); the value after is read
 * from the object. Undefined when nothing is told.
 */
export function toChanges(
  payload: JsonObject,
  after: JsonObject | undefined,
  fields: readonly string[],
): Changes | undefined {
  const changes: Changes = {};
  for (const field of fields) {
    if (!isTold(payload, field)) continue;
    changes[field] = present({ from: valueText(payload, 'changes', field, 'from'), to: valueText(after, field) }) ?? {};
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

function isTold(payload: JsonObject, field: string): boolean {
  const { changes } = payload;
  return typeof changes === 'object' && changes !== null && Object.hasOwn(changes, field);
}

/** A value as text: text itself, a yes or no, or a list of texts such as topics. */
function valueText(source: unknown, ...path: string[]): string | undefined {
  return bodyAt(source, ...path) ?? booleanAt(source, ...path)?.toString() ?? textsAt(source, ...path)?.join(', ');
}

/**
 * The permission of the actor as a comment or review tells it, through its `author_association`. It speaks of the author, so
 * it is used only where the actor is the author. MEMBER and COLLABORATOR say nothing about writing: a member may have read
 * access only, and so may an invited collaborator. All other words mean somebody without write access.
 */
export function toPermission(payload: JsonObject, said: JsonObject | undefined): EventDraft['permission'] {
  const authorId = idAt(said, 'user', 'id');
  if (authorId === undefined || authorId !== idAt(payload, 'sender', 'id')) return undefined;
  switch (textAt(said, 'author_association')) {
    case 'OWNER':
      return 'admin';
    case 'NONE':
    case 'FIRST_TIMER':
    case 'FIRST_TIME_CONTRIBUTOR':
    case 'CONTRIBUTOR':
    case 'MANNEQUIN':
      return 'read';
    default:
      return undefined;
  }
}
