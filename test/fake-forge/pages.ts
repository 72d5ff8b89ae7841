import type { FakeAnswer, FakeRequest } from './contract.ts';

/** Lists, page by page, each in the way of its forge. */

/** `page`, a size with a limit, and a `Link` header, as GitHub, GitLab, Gitea and its relatives have it. */
export function toLinkedPage(
  request: FakeRequest,
  items: readonly unknown[],
  size: { readonly name: 'limit' | 'per_page'; readonly default: number; readonly most: number },
): FakeAnswer {
  const page = toCount(request.query.get('page'), 1);
  const limit = Math.min(toCount(request.query.get(size.name), size.default), size.most);
  const isLast = page * limit >= items.length;
  const next = new URLSearchParams(request.query);
  next.set('page', String(page + 1));
  const last = new URLSearchParams(next);
  last.set('page', String(Math.ceil(items.length / limit)));
  const toLink = (query: URLSearchParams, rel: string) =>
    `<${request.baseUrl}${request.path}?${String(query)}>; rel="${rel}"`;
  const link = isLast ? {} : { link: `${toLink(next, 'next')}, ${toLink(last, 'last')}` };
  return {
    headers: { ...link, 'x-total-count': String(items.length), 'x-next-page': isLast ? '' : String(page + 1) },
    body: items.slice((page - 1) * limit, page * limit),
  };
}

/** `pagelen` and the address of the next page in the body, as Bitbucket Cloud has it. */
export function toCloudPage(request: FakeRequest, items: readonly unknown[]): FakeAnswer {
  const page = toCount(request.query.get('page'), 1);
  const pagelen = Math.min(toCount(request.query.get('pagelen'), 10), 100);
  const next = new URLSearchParams(request.query);
  next.set('page', String(page + 1));
  const isLast = page * pagelen >= items.length;
  const link = isLast ? {} : { next: `https://api.bitbucket.org${request.path}?${next.toString()}` };
  return { body: { pagelen, page, values: items.slice((page - 1) * pagelen, page * pagelen), ...link } };
}

/** `start` and `limit`, as Bitbucket Data Center has it. */
export function toDataCenterPage(request: FakeRequest, items: readonly unknown[]): FakeAnswer {
  const start = toCount(request.query.get('start'), 0);
  const limit = Math.min(toCount(request.query.get('limit'), 25), 1_000);
  const values = items.slice(start, start + limit);
  const isLastPage = start + limit >= items.length;
  return {
    body: { values, size: values.length, limit, start, isLastPage, nextPageStart: isLastPage ? null : start + limit },
  };
}

function toCount(text: string | null, fallback: number): number {
  return text !== null && /^\d{1,6}$/.test(text) ? Number(text) : fallback;
}
