import { FakeRefusal, type FakeRoute } from '../contract.ts';
import { permissionOf } from '../deeds.ts';
import { repositoryOf } from './place.ts';
import { toCollaborator, toUser } from './shapes.ts';

export { toUser } from './shapes.ts';

export const accountRoutes: readonly FakeRoute[] = [
  { method: 'GET', path: '/user', answer: ({ token }) => ({ body: toUser(token.account) }) },
  { method: 'GET', path: '/version', answer: () => ({ body: { version: '1.24.0' } }) },
];

/** Only who administrates may ask what others may do; anybody else about himself. */
export const permissionRoutes: readonly FakeRoute[] = [
  {
    method: 'GET',
    path: '/repos/:owner/:name/collaborators/:login/permission',
    answer(request) {
      const { params, state, token } = request;
      const repository = repositoryOf(request);
      const isOwn = params['login'] === token.account.login;
      if (!isOwn && !['write', 'admin'].includes(permissionOf(repository, token.account))) {
        throw new FakeRefusal(403, 'Only admins can query all permissions');
      }
      const account = state.accounts.find(({ login }) => login === params['login']);
      if (account === undefined) throw new FakeRefusal(404, 'user does not exist');
      return { body: toCollaborator(permissionOf(repository, account), account) };
    },
  },
];
