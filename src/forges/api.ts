import type { ForgeConfig } from '../config/config.ts';
import type { ForgeKind } from '../core/vocabulary.ts';
import type { ForgeApi } from './api-contract.ts';
import type { ApiAccess, ApiTransport } from './api-client.ts';
import { createBitbucketApi } from './bitbucket/api.ts';
import { createGiteaApi } from './gitea/api.ts';
import { createGitHubApi } from './github/api.ts';
import { createGitLabApi } from './gitlab/api.ts';
import { createGogsApi } from './gogs/api.ts';
import { createOneDevApi } from './onedev/api.ts';

export type { ForgeApi } from './api-contract.ts';

/** Undefined where the kind has no public instance and the configuration names no address. */
type ApiFactory = (access: ApiAccess) => ForgeApi | undefined;

const FACTORIES: Readonly<Record<ForgeKind, ApiFactory>> = {
  gitea: createGiteaApi,
  forgejo: createGiteaApi,
  gogs: createGogsApi,
  github: createGitHubApi,
  gitlab: createGitLabApi,
  bitbucket: createBitbucketApi,
  onedev: createOneDevApi,
};

/** The API of a configured forge; undefined when its address is not known. Makes no request by itself. */
export function createForgeApi(forge: ForgeConfig, http: ApiTransport): ForgeApi | undefined {
  const url = forge.url?.replace(/\/+$/, '') ?? null;
  return FACTORIES[forge.kind]({ url, token: forge.token, http });
}
