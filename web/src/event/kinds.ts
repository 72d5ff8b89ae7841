import type { ForgeKind } from '../../../src/core/vocabulary.ts';

/** How each kind of forge writes its own name. */
export const KIND_TITLES: Record<ForgeKind, string> = {
  gitea: 'Gitea',
  forgejo: 'Forgejo',
  gogs: 'Gogs',
  github: 'GitHub',
  gitlab: 'GitLab',
  bitbucket: 'Bitbucket',
  onedev: 'OneDev',
};
