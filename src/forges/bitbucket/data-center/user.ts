import type { Actor } from '../../../core/event.ts';
import { idAt, objectAt, textAt } from '../../read.ts';

/** A user of Data Center. `name` is what people sign in with; `slug` is its form in URLs. Access tokens act as SERVICE users. */
export function readUser(value: unknown, ...path: string[]): Actor | undefined {
  const user = objectAt(value, ...path);
  const login = textAt(user, 'name') ?? textAt(user, 'slug') ?? textAt(user, 'displayName');
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
