import type { ForgeKind } from '../core/vocabulary.ts';

/** What an alias such as `/webhook/gitea` or `GITEA_TOKEN` means among the configured forges. */
export type AliasTarget<F> =
  | { readonly found: 'forge'; readonly forge: F }
  | { readonly found: 'none' }
  /** Several forges are of that kind and none has its name. */
  | { readonly found: 'several'; readonly names: readonly string[] };

/** The forge whose name is the alias, else the only forge of that kind. */
export function findForgeByAlias<F extends { readonly name: string; readonly kind: unknown }>(
  forges: readonly F[],
  alias: ForgeKind,
): AliasTarget<F> {
  const named = forges.find((forge) => forge.name === alias);
  if (named !== undefined) return { found: 'forge', forge: named };
  const [first, ...others] = forges.filter((forge) => forge.kind === alias);
  if (first === undefined) return { found: 'none' };
  if (others.length === 0) return { found: 'forge', forge: first };
  return { found: 'several', names: [first, ...others].map((forge) => forge.name) };
}
