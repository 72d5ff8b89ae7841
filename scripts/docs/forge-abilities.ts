import type { ForgeConfig } from '../../src/config/config.ts';
import type { ForgeKind } from '../../src/core/vocabulary.ts';
import { createForgeApi } from '../../src/forges/api.ts';
import type { ForgeAbility } from '../../src/jobs/contract.ts';

/** The kinds of forges as people call them. Where one kind is two programs, both. */
const FORGES: readonly (readonly [name: string, kind: ForgeKind, url: string | null])[] = [
  ['Gitea', 'gitea', 'https://git.example.org'],
  ['Forgejo', 'forgejo', 'https://git.example.org'],
  ['Gogs', 'gogs', 'https://git.example.org'],
  ['GitHub', 'github', null],
  ['GitLab', 'gitlab', null],
  ['Bitbucket Cloud', 'bitbucket', null],
  ['Bitbucket Data Center', 'bitbucket', 'https://git.example.org'],
  ['OneDev', 'onedev', 'https://git.example.org'],
];

/** Which kinds of forges can do something, asked of their drivers. */
export function listKindsWith(ability: ForgeAbility): string[] {
  return FORGES.filter(([, kind, url]) => createApi(kind, url)?.[ability] !== undefined).map(([name]) => name);
}

/** The levels at which webhooks can be installed, by the name of the kind. */
export function listHookLevels(): ReadonlyMap<string, readonly string[]> {
  return new Map(FORGES.map(([name, kind, url]) => [name, createApi(kind, url)?.hooks?.levels ?? []]));
}

function createApi(kind: ForgeKind, url: string | null) {
  const forge: ForgeConfig = {
    name: kind,
    kind,
    url,
    token: null,
    secrets: [],
    unsigned: false,
    insecure: false,
    accounts: [],
  };
  return createForgeApi(forge, { request: () => Promise.reject(new Error('Documentation asks no forge.')) });
}
