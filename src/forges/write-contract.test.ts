import { testForgeWrites } from './write-contract.testsuite.ts';

const ALL = ['comments', 'labels', 'issues', 'statuses', 'files'] as const;

testForgeWrites('gitea', { groups: ALL, hasOrganisationLabels: true });
testForgeWrites('forgejo', { groups: ALL, hasOrganisationLabels: true });
testForgeWrites('gogs', { groups: ['comments', 'labels', 'issues', 'files'], assignees: 1 });
testForgeWrites('github', { groups: ALL, strangers: 'left out' });
testForgeWrites('gitlab', { groups: ALL, oneBadWord: true });
testForgeWrites('bitbucket-cloud', { groups: ['comments', 'statuses', 'files'], oneBadWord: true });
testForgeWrites('bitbucket-data-center', { groups: ['comments', 'statuses', 'files'], oneBadWord: true });
testForgeWrites('onedev', { groups: [] });
