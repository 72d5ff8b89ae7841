import type { Actor, EventDraft, Repository } from '../../core/event.ts';
import type { ParsedDelivery } from '../contract.ts';
import { idAt, integerAt, type JsonObject, objectAt, present, textAt, valueAt } from '../read.ts';
import { headerOf } from '../signature.ts';
import { findAction } from './identify.ts';

/** A GitLab delivery as the normalisers read it. */
export interface Source {
  readonly payload: JsonObject;
  /** Value of `X-Gitlab-Event`. */
  readonly event: string;
  readonly action: string | undefined;
  /** Base URL of the instance, where GitLab tells it; it separates the path of a project from that of the installation. */
  readonly instanceUrl: string | undefined;
}

export function toSource({ headers, payload }: ParsedDelivery): Source {
  return {
    payload,
    event: headerOf(headers, 'x-gitlab-event') ?? '',
    action: findAction(payload),
    instanceUrl: headerOf(headers, 'x-gitlab-instance'),
  };
}

/** What all events of a delivery share: repository, actor and GitLab's own names. */
export function toBase(source: Source): Omit<EventDraft, 'type'> {
  return {
    repo: toRepository(source),
    actor: toActor(valueAt(source.payload, 'user')),
    native: { event: source.event, action: source.action },
  };
}

/** A draft without its undefined fields. */
export function toDraft(draft: EventDraft): EventDraft {
  return { ...present(draft), type: draft.type };
}

/**
 * The project. Project system events tell it at the top level, job events only by its page, bodies before 8.5 only within the
 * merge request.
 */
function toRepository({ payload, instanceUrl }: Source): Repository | undefined {
  const project = objectAt(payload, 'project') ?? objectAt(payload, 'object_attributes', 'target');
  const summary = objectAt(payload, 'repository');
  const url = textAt(project, 'web_url') ?? textAt(project, 'homepage') ?? textAt(summary, 'homepage');
  const fullName =
    textAt(project, 'path_with_namespace') ??
    textAt(payload, 'path_with_namespace') ??
    findProjectPath(url, instanceUrl);
  if (fullName === undefined) return undefined;
  const { owner, name } = splitFullName(fullName);
  return present({
    id: idAt(project, 'id') ?? idAt(payload, 'project_id'),
    fullName,
    owner,
    name,
    url,
    cloneUrl: textAt(project, 'git_http_url') ?? textAt(project, 'http_url') ?? textAt(summary, 'git_http_url'),
    sshUrl: textAt(project, 'git_ssh_url') ?? textAt(project, 'ssh_url') ?? textAt(summary, 'git_ssh_url'),
    private: findPrivacy(payload, project, summary),
    defaultBranch: textAt(project, 'default_branch'),
    description: textAt(project, 'description') ?? textAt(summary, 'description'),
  });
}

/** Owner and name of a full name; groups nest, so the owner is everything before the last slash. */
export function splitFullName(fullName: string): { owner: string; name: string } {
  const slash = fullName.lastIndexOf('/');
  return { owner: fullName.slice(0, Math.max(slash, 0)), name: fullName.slice(slash + 1) };
}

function findProjectPath(url: string | undefined, instanceUrl: string | undefined): string | undefined {
  const pathname = url === undefined ? undefined : URL.parse(url)?.pathname;
  if (pathname === undefined) return undefined;
  const root = (instanceUrl === undefined ? undefined : URL.parse(instanceUrl)?.pathname)?.replace(/\/$/, '') ?? '';
  const path = (pathname.startsWith(`${root}/`) ? pathname.slice(root.length) : pathname).replace(/^\/|\/$/g, '');
  return path.includes('/') ? path : undefined;
}

/** Level 20 is public; 10 (internal) and 0 are not. System events write the word, old ones `visibilitylevel|private`. */
function findPrivacy(payload: JsonObject, ...projects: (JsonObject | undefined)[]): boolean | undefined {
  for (const project of projects) {
    const level = integerAt(project, 'visibility_level');
    if (level !== undefined) return level !== 20;
  }
  const word = textAt(payload, 'project_visibility');
  return word === undefined ? undefined : !word.endsWith('public');
}

/** Tokens of projects and groups act through accounts that GitLab itself names so. */
const TOKEN_BOT = /^(project|group)_\d+_bot(\d+|_[0-9a-f]+)?$/;

/** An account; old job events tell only the display name. */
export function toActor(user: unknown): Actor | undefined {
  const username = textAt(user, 'username');
  const name = textAt(user, 'name');
  const login = username ?? name;
  if (login === undefined) return undefined;
  return present({
    id: idAt(user, 'id'),
    login,
    name,
    email: toEmail(textAt(user, 'email')),
    bot: TOKEN_BOT.test(login) || login.endsWith('[bot]'),
  });
}

/** An address, unless GitLab hides it. */
export function toEmail(text: string | undefined): string | undefined {
  return text === '[REDACTED]' ? undefined : text;
}

/** Account names of a list of users; GitLab's own examples nest such a list once more. */
export function toLogins(value: unknown): string[] {
  return toUsers(value).flatMap((user) => textAt(user, 'username') ?? []);
}

/** The users within a list, a list of lists, or a single user. */
export function toUsers(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.slice(0, 1_000).flat();
  return value === undefined ? [] : [value];
}
