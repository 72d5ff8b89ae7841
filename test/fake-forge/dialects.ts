import type { FakeDialect, FakeKind } from './contract.ts';
import { bitbucketCloud } from './bitbucket-cloud/dialect.ts';
import { bitbucketDataCenter } from './bitbucket-data-center/dialect.ts';
import { gitea } from './gitea/dialect.ts';
import { github } from './github/dialect.ts';
import { gitlab } from './gitlab/dialect.ts';
import { gogs } from './gogs/dialect.ts';
import { onedev } from './onedev/dialect.ts';

export const DIALECTS: Readonly<Record<FakeKind, FakeDialect>> = {
  gitea,
  forgejo: gitea,
  gogs,
  github,
  gitlab,
  'bitbucket-cloud': bitbucketCloud,
  'bitbucket-data-center': bitbucketDataCenter,
  onedev,
};
