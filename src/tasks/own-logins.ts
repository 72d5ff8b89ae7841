import type { ForgeApi } from '../forges/api-contract.ts';

/**
 * Lower-case logins of the hub's own accounts on a forge: the one of its token, and those of the configuration. A token that belongs to
 * nobody, or a forge that does not say, adds none.
 */
export async function listOwnLogins(
  forge: Pick<ForgeApi, 'getOwnAccount'>,
  accounts: readonly string[],
): Promise<ReadonlySet<string>> {
  const own = await forge.getOwnAccount().catch(() => undefined);
  return new Set([...(own === undefined ? [] : [own.login]), ...accounts].map((login) => login.toLowerCase()));
}
