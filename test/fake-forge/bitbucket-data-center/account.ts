import type { FakeAccount, FakeRoute } from '../contract.ts';

export const accountRoutes: readonly FakeRoute[] = [
  { method: 'GET', path: '/application-properties', answer: () => ({ body: { version: '9.4.0' } }) },
];

export function toUser({ id, login, name }: FakeAccount) {
  return { id, name: login, slug: login, displayName: name, type: 'NORMAL' };
}
