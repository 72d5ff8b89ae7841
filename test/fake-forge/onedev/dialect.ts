import type { FakeDialect, FakeRoute } from '../contract.ts';
import { hookRoutes, repositoryRoutes } from './hooks.ts';

const accountRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/users/me',
    answer: ({ token: { account } }) => ({ body: { id: account.id, name: account.login, fullName: account.name } }),
  },
  { method: 'GET', path: '/version/server', answer: () => ({ body: '12.0.10' }) },
];

export const onedev: FakeDialect = {
  prefixes: ['/~api'],
  scheme: 'Bearer ',
  routes: [...accountRoutes, ...hookRoutes, ...repositoryRoutes],
  toRefusal: (_status, message) => message,
};
