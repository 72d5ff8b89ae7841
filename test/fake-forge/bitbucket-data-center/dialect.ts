import type { FakeDialect } from '../contract.ts';
import { accountRoutes } from './account.ts';

export const bitbucketDataCenter: FakeDialect = {
  prefixes: ['/rest/api/latest', '/rest/api/1.0'],
  scheme: 'Bearer ',
  routes: [...accountRoutes],
  toRefusal: (_status, message) => ({ errors: [{ context: null, message, exceptionName: null }] }),
  toHeaders: ({ account }) => ({ 'x-ausername': encodeURIComponent(account.login), 'x-auserid': String(account.id) }),
};
