import type { Config, ForgeConfig } from '../config/config.ts';
import { findForgeByAlias } from '../config/forge-alias.ts';
import { FettleError } from '../core/errors.ts';
import type { ForgeKind } from '../core/vocabulary.ts';

/**
 * The forge that a path names: `/webhook/<name>`.
 * @throws FettleError `unknown_forge`.
 */
export function getForge(forges: Config['forges'], name: string): ForgeConfig {
  const forge = Object.hasOwn(forges, name) ? forges[name] : undefined;
  if (forge !== undefined) return forge;
  throw new FettleError(
    'unknown_forge',
    `No forge is called \`${name.slice(0, 64)}\`. Configured: ${Object.keys(forges).join(', ') || 'none'}.`,
  );
}

/**
 * The forge that an alias for people moving over means: the one of that name, else the only one of that kind.
 * @throws FettleError `unknown_forge`, `ambiguous_alias`.
 */
export function getForgeByAlias(forges: Config['forges'], kind: ForgeKind): ForgeConfig {
  const target = findForgeByAlias(Object.values(forges), kind);
  if (target.found === 'forge') return target.forge;
  if (target.found === 'none') throw new FettleError('unknown_forge', `No forge of kind ${kind} is configured.`);
  const paths = target.names.map((name) => `/webhook/${name}`).join(', ');
  throw new FettleError('ambiguous_alias', `Several forges are of kind ${kind}; send to one of ${paths}.`);
}
