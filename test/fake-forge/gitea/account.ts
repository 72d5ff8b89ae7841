import type { FakeRoute } from '../contract.ts';

export const accountRoutes: readonly FakeRoute[] = [
  { method: 'GET', path: '/user', answer: ({ token }) => ({ body: toUser(token.account) }) },
  { method: 'GET', path: '/version', answer: () => ({ body: { version: '1.24.0' } }) },
];

export function toUser(account: { readonly id: number; readonly login: string; readonly name: string }) {
  return { id: account.id, login: account.login, username: account.login, full_name: account.name };
}
