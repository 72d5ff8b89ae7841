import type { FakeDialect } from '../contract.ts';
import { accountRoutes } from '../gitea/account.ts';

export const gogs: FakeDialect = {
  prefixes: ['/api/v1'],
  scheme: 'token ',
  routes: [...accountRoutes],
  toRefusal: (_status, message) => ({ message, url: 'https://github.com/gogs/docs-api' }),
};
