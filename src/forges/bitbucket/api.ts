import type { ForgeApi } from '../api-contract.ts';
import type { ApiAccess } from '../api-client.ts';
import { createCloudApi } from './cloud/api.ts';
import { createDataCenterApi } from './data-center/api.ts';

/** The API of Bitbucket: Cloud when the address is bitbucket.org or absent, else Data Center. */
export function createBitbucketApi(access: ApiAccess): ForgeApi {
  const { url } = access;
  if (url === null || /^https:\/\/(www\.|api\.)?bitbucket\.org$/.test(url)) return createCloudApi(access);
  return createDataCenterApi(access, url);
}
