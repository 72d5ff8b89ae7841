import { testForgeWork } from './work-contract.testsuite.ts';

const BOTH = ['subjects', 'pulls'] as const;
const BUILDS = ['SUCCESSFUL', 'FAILED', 'INPROGRESS'] as const;
const STATUSES = ['success', 'failure', 'pending'] as const;

testForgeWork('gitea', { groups: BOTH, words: STATUSES, knowsStale: true });
testForgeWork('forgejo', { groups: BOTH, words: STATUSES, knowsStale: true });
testForgeWork('gogs', { groups: ['subjects'], words: STATUSES, assignees: 1 });
testForgeWork('github', { groups: BOTH, words: STATUSES, hasCheckRuns: true });
testForgeWork('gitlab', { groups: BOTH, words: ['success', 'failed', 'running'], hasNotes: true });
testForgeWork('bitbucket-cloud', {
  groups: BOTH,
  words: BUILDS,
  hasNoLabels: true,
  assignees: 1,
  pullsHaveNoAssignees: true,
  digits: 12,
});
testForgeWork('bitbucket-data-center', { groups: BOTH, words: BUILDS, hasNoIssues: true, pullsHaveNoAssignees: true });
testForgeWork('onedev', { groups: [], words: STATUSES });
