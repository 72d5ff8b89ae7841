import type { Actor } from '../../../core/event.ts';
import { idAt, objectAt, textAt } from '../../read.ts';

/**
 * An account of Bitbucket Cloud. `username` left the bodies of people in 2019 and remains on workspaces; `nickname` came
 * instead. Every account ever sent has a `uuid`, which the API takes wherever it takes a name.
 */
export function readAccount(value: unknown, ...path: string[]): Actor | undefined {
  const account = objectAt(value, ...path);
  const name = textAt(account, 'display_name');
  const login = textAt(account, 'username') ?? textAt(account, 'nickname') ?? name;
  if (account === undefined || login === undefined) return undefined;
  const bot = textAt(account, 'type') === 'app_user' || login.endsWith('[bot]');
  return { id: idAt(account, 'uuid') ?? idAt(account, 'account_id'), login, name, bot };
}

/** The login of an account. */
export function readLogin(value: unknown, ...path: string[]): string | undefined {
  return readAccount(value, ...path)?.login;
}
