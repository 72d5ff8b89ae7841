import type { FakeAccount, FakeRoute } from '../contract.ts';

export const accountRoutes: readonly FakeRoute[] = [
  { method: 'GET', path: '/user', answer: ({ token }) => ({ body: toUser(token.account) }) },
  {
    method: 'GET',
    path: '/personal_access_tokens/self',
    answer: ({ token }) => ({ body: { id: 3, name: 'fettle', active: true, scopes: token.scopes } }),
  },
  { method: 'GET', path: '/version', answer: () => ({ body: { version: '18.3.0', revision: 'abc' } }) },
  {
    method: 'GET',
    path: '/users',
    answer: ({ query, state }) => ({
      body: state.accounts.filter(({ login }) => login === query.get('username')).map(toUser),
    }),
  },
];

export function toUser({ id, login, name }: FakeAccount) {
  return { id, username: login, name, state: 'active' };
}
