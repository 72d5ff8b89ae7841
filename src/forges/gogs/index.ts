import type { ForgeDriver } from '../contract.ts';
import { createGiteaFamilyDriver } from '../gitea/family.ts';

/**
 * Gogs, from 0.11 on. The ancestor of the family: fewer events, pull requests without head and base objects, a fork hook the right
 * way round, and update times that do not move with labels, assignees and milestones.
 */
export const gogs: ForgeDriver = createGiteaFamilyDriver({
  kind: 'gogs',
  title: 'Gogs',
  families: ['gogs'],
  signsForHub: false,
  resendKeepsId: true,
  forkeeIsSource: false,
  statesUpdateTime: false,
  statesPermission: false,
});
