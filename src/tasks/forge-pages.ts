import type { ForgeConfig } from '../config/config.ts';
import type { ForgeKind } from '../core/vocabulary.ts';

/** Where the public instances live, for forges that are configured without an address. */
const PUBLIC_URLS: Readonly<Partial<Record<ForgeKind, string>>> = {
  github: 'https://github.com',
  gitlab: 'https://gitlab.com',
  bitbucket: 'https://bitbucket.org',
};

/** Where the pages of a forge begin, without a slash at the end; undefined when it is not configured or nobody says where it is. */
export function findForgePages(forge: Pick<ForgeConfig, 'kind' | 'url'> | undefined): string | undefined {
  return forge === undefined ? undefined : (forge.url ?? PUBLIC_URLS[forge.kind])?.replace(/\/+$/, '');
}
