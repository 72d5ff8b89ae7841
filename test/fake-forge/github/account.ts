import type { FakeAccount, FakeRoute } from '../contract.ts';

export const accountRoutes: readonly FakeRoute[] = [
  { method: 'GET', path: '/user', answer: ({ token }) => ({ body: toUser(token.account) }) },
  { method: 'GET', path: '/meta', answer: () => ({ body: { installed_version: '3.17.1' } }) },
];

export function toUser({ id, login }: FakeAccount) {
  return { id, login, type: 'User' };
}
