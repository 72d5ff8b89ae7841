/** What each condition of a rule asks for, in words; one that is not here is shown by its name. */
export const CONDITION_TEXTS: Readonly<Record<string, string>> = {
  enabled: 'Enabled',
  on: 'On',
  own: 'Wanted',
  stale: 'Wanted',
  trigger: 'Wanted',
  forges: 'Forges',
  repos: 'Repositories',
  branches: 'Branches',
  paths: 'Paths',
  actors: 'Actors',
  if: 'If',
  permission: 'Permission',
};
