import type { ForgeDriver } from '../contract.ts';
import { createGiteaFamilyDriver } from '../gitea/family.ts';
import { normaliseActions } from './checks.ts';

/** Forgejo, every release; a fork of Gitea that adds header names and its own events for Actions. */
export const forgejo: ForgeDriver = createGiteaFamilyDriver({
  kind: 'forgejo',
  title: 'Forgejo',
  families: ['forgejo', 'gitea', 'gogs'],
  signsForHub: true,
  resendKeepsId: false,
  forkeeIsSource: true,
  statesUpdateTime: true,
  statesPermission: true,
  normaliseOwn: normaliseActions,
});
