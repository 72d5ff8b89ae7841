import type { FakeAccount, FakeRoute } from '../contract.ts';

export const accountRoutes: readonly FakeRoute[] = [
  { method: 'GET', path: '/user', answer: ({ token }) => ({ body: toUser(token.account) }) },
];

export function toUser({ id, login, name }: FakeAccount) {
  return { type: 'user', uuid: `{${id}}`, nickname: login, display_name: name, account_id: `557058:${id}` };
}
