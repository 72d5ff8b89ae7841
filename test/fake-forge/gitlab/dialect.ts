import type { FakeDialect } from '../contract.ts';
import { accountRoutes } from './account.ts';

export const gitlab: FakeDialect = {
  prefixes: ['/api/v4'],
  scheme: 'Bearer ',
  routes: [...accountRoutes],
  toRefusal: (status, message) => ({ message: `${status} ${message}` }),
};
