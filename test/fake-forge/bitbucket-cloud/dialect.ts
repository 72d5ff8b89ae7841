import type { FakeDialect } from '../contract.ts';
import { accountRoutes } from './account.ts';

export const bitbucketCloud: FakeDialect = {
  prefixes: ['/2.0'],
  scheme: 'Bearer ',
  routes: [...accountRoutes],
  toRefusal: (_status, message) => ({ type: 'error', error: { message } }),
};
