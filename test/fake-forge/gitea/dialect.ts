import type { FakeDialect } from '../contract.ts';
import { accountRoutes } from './account.ts';

/** Gitea and Forgejo. */
export const gitea: FakeDialect = {
  prefixes: ['/api/v1'],
  scheme: 'token ',
  routes: [...accountRoutes],
  toRefusal: (_status, message) => ({ message, url: 'https://git.example.org/api/swagger' }),
};
