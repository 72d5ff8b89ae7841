import { FettleError } from '../core/errors.ts';
import { type ApiAnswer, type ApiClient, type Query, toUnreadable } from './api-client.ts';
import { booleanAt, hasList, idAt, listAt, objectAt, textAt } from './read.ts';

/** How a kind of forge cuts its lists into pages. */
export interface PageStyle {
  /** The entries of one page. */
  toItems(answer: ApiAnswer): readonly unknown[];
  /** The query of the next page; undefined after the last. */
  toNext(answer: ApiAnswer, query: Query): Query | undefined;
}

/** More than any list that is worth reading to its end; a forge that goes on for ever must not hold a run. */
const MAX_PAGES = 1_000;

/**
 * The entries of a list, each page asked for only when it is reached.
 * @throws FettleError what the forge refuses, and `upstream_failed` for a list that does not end.
 */
export async function* readPages(
  client: ApiClient,
  style: PageStyle,
  path: readonly string[],
  query: Query = {},
): AsyncGenerator<unknown, void, undefined> {
  let next: Query | undefined = query;
  for (let page = 0; next !== undefined; page += 1) {
    if (page >= MAX_PAGES) {
      throw new FettleError('upstream_failed', `The forge gave more than ${MAX_PAGES} pages of one list.`);
    }
    const asked: Query = next;
    const answer = await client.send('GET', path, undefined, { query: asked });
    yield* style.toItems(answer);
    next = style.toNext(answer, asked);
  }
}

/** A `Link` header with `rel="next"` (RFC 8288): GitHub, GitLab, Gitea, Forgejo and Gogs, all with `page` from 1. */
export const LINKED_PAGES: PageStyle = {
  toItems: ({ body }) => listAt(body),
  toNext: ({ headers }, query) =>
    /rel="?next"?/.test(headers['link'] ?? '')
      ? { ...query, page: String(Number(query['page'] ?? '1') + 1) }
      : undefined,
};

/**
 * How many entries there are, in `x-total-count`: some of Gitea's lists have no `Link`, and an instance may have been set to pages
 * smaller than asked for. It counts, so it is for one list.
 */
export function createCountedPages(): PageStyle {
  let seen = 0;
  return {
    toItems: ({ body }) => listAt(body),
    toNext({ headers, body }, query) {
      const { length } = listAt(body);
      seen += length;
      const isLast = length === 0 || seen >= Number(headers['x-total-count'] ?? 0);
      return isLast ? undefined : { ...query, page: String(Number(query['page'] ?? '1') + 1) };
    },
  };
}

/**
 * A style whose answers must hold a list, at a path: where nothing at all would be taken for good news, such as no failed checks, the page of a proxy
 * that wants a sign-in must not be taken for an empty list. Go writes an empty list as null.
 * @throws FettleError `upstream_failed`, while the pages are read.
 */
export function withList(style: PageStyle, what: string, ...path: string[]): PageStyle {
  return {
    ...style,
    toItems({ body }) {
      const isThere = hasList(body, ...path) || body === null || objectAt(body)?.[path[0] ?? ''] === null;
      if (!isThere) throw toUnreadable(what);
      return listAt(body, ...path);
    },
  };
}

/** The address of the next page in the body: Bitbucket Cloud. Only its query is used, so that the token goes nowhere else. */
export const CLOUD_PAGES: PageStyle = {
  toItems: ({ body }) => listAt(body, 'values'),
  toNext({ body }) {
    const url = URL.parse(textAt(body, 'next') ?? '');
    return url === null ? undefined : Object.fromEntries(url.searchParams);
  },
};

/** `start` and `nextPageStart`: Bitbucket Data Center. */
export const DATA_CENTER_PAGES: PageStyle = {
  toItems: ({ body }) => listAt(body, 'values'),
  toNext({ body }, query) {
    const start = booleanAt(body, 'isLastPage') === false ? idAt(body, 'nextPageStart') : undefined;
    return start === undefined ? undefined : { ...query, start };
  },
};
