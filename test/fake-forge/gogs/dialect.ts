import type { FakeDialect } from '../contract.ts';
import { gogsRoutes } from './differences.ts';
import { contentRoutes } from '../contents.ts';
import { accountRoutes } from '../gitea/account.ts';
import { gogsHookRoutes, repositoryRoutes } from '../gitea/hooks.ts';

export const gogs: FakeDialect = {
  prefixes: ['/api/v1'],
  scheme: 'token ',
  routes: [...gogsRoutes, ...contentRoutes, ...accountRoutes, ...gogsHookRoutes, ...repositoryRoutes],
  toRefusal: (_status, message) => ({ message, url: 'https://github.com/gogs/docs-api' }),
};
