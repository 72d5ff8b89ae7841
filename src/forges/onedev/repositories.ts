import type { Repository } from '../../core/event.ts';
import type { ApiClient } from '../api-client.ts';
import { toOwnerRefused } from '../hook-place.ts';
import { readPages, type PageStyle } from '../pages.ts';
import { idAt, listAt, present, textAt } from '../read.ts';
import type { RepositoryApi } from '../write-contract.ts';

/** More needs the rights of an administrator. */
const PAGE_SIZE = 100;

/** `offset` and `count` are both needed; nothing tells the end but a page that is not full. */
const PAGES: PageStyle = {
  toItems: ({ body }) => listAt(body),
  toNext: ({ body }, query) =>
    listAt(body).length < PAGE_SIZE ? undefined : { ...query, offset: String(Number(query['offset']) + PAGE_SIZE) },
};

/** Projects of OneDev; each may hold code and further projects. https://docs.onedev.io/category/restful-api */
export function createOneDevRepositories(client: ApiClient): RepositoryApi {
  async function* query(text: string) {
    const asked = { query: text, offset: '0', count: String(PAGE_SIZE) };
    for await (const entry of readPages(client, PAGES, ['projects'], asked)) {
      const repository = toRepository(entry);
      if (repository !== undefined) yield repository;
    }
  }
  return {
    async *list(owner) {
      // The usual order, by last activity, would let projects change pages while they are read.
      const order = 'order by "Id" asc';
      if (owner !== undefined && (await findProjectId(client, owner)) === undefined) throw toOwnerRefused(owner);
      yield* query(owner === undefined ? order : `"Path" is "${toQuoted(owner)}/**" ${order}`);
    },
    async find(fullName) {
      const id = await findProjectId(client, fullName);
      if (id === undefined) return undefined;
      const { ok, body } = await client.get(['projects', id]);
      return ok ? toRepository(body) : undefined;
    },
  };
}

/** The id of a project by its path; undefined when there is none or the token may not see it. Versions before 12.0.10 can only be searched. */
export async function findProjectId(client: ApiClient, path: string): Promise<string | undefined> {
  const { ok, body } = await client.get(['projects', 'ids', ...path.split('/')]);
  if (ok) return idAt({ body }, 'body');
  const found = await client.get(['projects'], { query: `"Path" is "${toQuoted(path)}"`, offset: '0', count: '1' });
  return found.ok ? idAt(listAt(found.body)[0], 'id') : undefined;
}

function toQuoted(text: string): string {
  return text.replaceAll(/["\\]/g, String.raw`\$&`);
}

function toRepository(project: unknown): Repository | undefined {
  const fullName = textAt(project, 'path');
  if (fullName === undefined) return undefined;
  const slash = fullName.lastIndexOf('/');
  return present({
    id: idAt(project, 'id'),
    fullName,
    owner: fullName.slice(0, Math.max(slash, 0)),
    name: fullName.slice(slash + 1),
    description: textAt(project, 'description'),
    fork: idAt(project, 'forkedFromId') === undefined ? undefined : true,
  });
}
