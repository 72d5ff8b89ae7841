import type { Actor } from '../../../core/event.ts';
import { idAt, objectAt, textAt } from '../../read.ts';

/**
 * A user of Data Center. `slug` is the account name as it stands in addresses; `name`, what the person signs in with, may be an
 * e-mail address or differ in case. Access tokens act as SERVICE users.
 */
export function readUser(value: unknown, ...path: string[]): Actor | undefined {
  const user = objectAt(value, ...path);
  const login = textAt(user, 'slug') ?? textAt(user, 'name') ?? textAt(user, 'displayName');
  if (user === undefined || login === undefined) return undefined;
  return {
    id: idAt(user, 'id'),
    login,
    name: textAt(user, 'displayName'),
    email: textAt(user, 'emailAddress'),
    bot: textAt(user, 'type') === 'SERVICE' || login.endsWith('[bot]'),
  };
}

/** The login of a user. */
export function readLogin(value: unknown, ...path: string[]): string | undefined {
  return readUser(value, ...path)?.login;
}
