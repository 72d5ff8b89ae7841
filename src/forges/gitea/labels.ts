import type { Repository } from '../../core/event.ts';
import { type ApiClient, toUnreadable } from '../api-client.ts';
import { LINKED_PAGES, readPages } from '../pages.ts';
import { idAt, listAt, textAt } from '../read.ts';
import type { LabelApi, SubjectRef } from '../write-contract.ts';

/** Where Gogs differs from Gitea and Forgejo. */
export interface LabelDialect {
  /** Whether an organisation has labels that its repositories share. */
  readonly organisations: boolean;
  /** Whether the answer to a change holds the labels there are now; that of Gogs may not. */
  readonly answersAll: boolean;
}

/** The colour of labels that are made here: a light grey, as GitHub gives those it makes. */
const COLOR = '#ededed';

/**
 * Labels of Gitea, Forgejo and Gogs. An issue takes the ids of labels and silently leaves out those it does not know, so ids are looked up by
 * name first: of the repository, then of its organisation; what is in neither is made.
 * https://gitea.com/api/swagger#/issue/issueAddLabel https://github.com/gogs/docs-api/blob/master/Issues/Labels.md
 */
export function createGiteaLabels(client: ApiClient, dialect: LabelDialect): LabelApi {
  const list = async (subject: SubjectRef) => toNames((await client.send('GET', toPath(subject))).body);
  const change = async (method: 'POST' | 'PUT', subject: SubjectRef, names: readonly string[]) => {
    const labels = await ensureLabels(client, dialect, subject.repo, names);
    const { body } = await client.send(method, toPath(subject), { labels });
    return dialect.answersAll ? toNames(body) : list(subject);
  };
  return {
    list,
    add: (subject, names) => change('POST', subject, names),
    set: (subject, names) => change('PUT', subject, names),
    async remove(subject, names) {
      const { body } = await client.send('GET', toPath(subject));
      for (const label of listAt(body)) {
        const id = idAt(label, 'id');
        if (id !== undefined && names.includes(textAt(label, 'name') ?? '')) {
          await client.send('DELETE', [...toPath(subject), id]);
        }
      }
      return toNames(body).filter((name) => !names.includes(name));
    },
  };
}

/** The ids of labels by name; those that do not exist are made in the repository. */
export async function ensureLabels(
  client: ApiClient,
  { organisations }: LabelDialect,
  repo: Repository,
  names: readonly string[],
): Promise<readonly number[]> {
  if (names.length === 0) return [];
  const path = ['repos', repo.owner, repo.name, 'labels'];
  const ids = new Map<string, number>();
  const learn = (label: unknown) => {
    const name = textAt(label, 'name');
    const id = idAt(label, 'id');
    if (name !== undefined && id !== undefined && !ids.has(name)) ids.set(name, Number(id));
  };
  const isComplete = () => names.every((name) => ids.has(name));
  for await (const label of readPages(client, LINKED_PAGES, path, { limit: '50' })) learn(label);
  if (organisations && !isComplete()) {
    // Answers 404 for a person, and 403 where the token may not look into organisations: then there are none to be had.
    const { ok, body } = await client.get(['orgs', repo.owner, 'labels'], { limit: '50' });
    if (ok) listAt(body).forEach(learn);
  }
  for (const name of names) {
    if (!ids.has(name)) learn((await client.send('POST', path, { name, color: COLOR })).body);
  }
  return names.map((name) => {
    const id = ids.get(name);
    if (id === undefined) throw toUnreadable('the new label');
    return id;
  });
}

function toPath({ repo, number }: SubjectRef): readonly string[] {
  return ['repos', repo.owner, repo.name, 'issues', String(number), 'labels'];
}

function toNames(body: unknown): readonly string[] {
  return listAt(body).flatMap((label) => textAt(label, 'name') ?? []);
}
