import type { ForgeDriver } from '../contract.ts';
import { createGiteaFamilyDriver } from './family.ts';

/** Gitea, from 1.9 on. */
export const gitea: ForgeDriver = createGiteaFamilyDriver({
  kind: 'gitea',
  title: 'Gitea',
  families: ['gitea', 'gogs'],
  signsForHub: true,
  resendKeepsId: false,
  forkeeIsSource: true,
  statesUpdateTime: true,
  statesPermission: true,
});
