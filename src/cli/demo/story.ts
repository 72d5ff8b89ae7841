import type { EVENT_TYPE_NAMES } from '../../core/event-types.ts';

/** One thing that happens in the demo. Who does it is told by the sample that is found for it. */
export interface Step {
  /** What the actor does: `opens an issue`. */
  readonly says: string;
  /** What it is to mean. */
  readonly means: (typeof EVENT_TYPE_NAMES)[number];
  /** Which of the configured forges, in their order; taken modulo their number. */
  readonly at: number;
  readonly subject?: 'issue' | 'pull';
  /** Login of the invented person who should do it, where there is such a sample. */
  readonly by?: string;
  readonly label?: string;
  readonly body?: string;
  readonly fails?: true;
  /** How it is sent, when not simply signed: the same delivery again, or with a wrong signature. */
  readonly sent?: 'again' | 'forged';
}

/** A day at the invented organisation dataforge. */
export const STORY: readonly Step[] = [
  { at: 0, says: 'opens an issue', means: 'issue.opened', by: 'ada' },
  { at: 1, says: 'opens an issue', means: 'issue.opened', by: 'grace' },
  {
    at: 0,
    says: 'says what is known so far',
    means: 'comment.created',
    subject: 'issue',
    by: 'ada',
    body: 'It only happens with cookies switched off.',
  },
  { at: 0, says: 'labels the issue start-pipeline', means: 'issue.labeled', label: 'start-pipeline' },
  { at: 1, says: 'stars the repository', means: 'star.created', by: 'grace' },
  { at: 0, says: 'creates a branch', means: 'branch.created' },
  { at: 0, says: 'pushes commits', means: 'push' },
  { at: 0, says: 'opens a pull request', means: 'pull.opened', by: 'grace' },
  { at: 1, says: 'forks the repository', means: 'fork.created' },
  { at: 0, says: 'reports that the tests began', means: 'status.updated' },
  { at: 0, says: 'asks for changes', means: 'review.changes_requested' },
  { at: 0, says: 'pushes to the pull request', means: 'pull.synchronized' },
  { at: 1, says: 'opens a pull request', means: 'pull.opened', by: 'grace' },
  { at: 1, says: 'has a workflow that failed', means: 'workflow_run.completed', fails: true },
  {
    at: 1,
    says: 'comments /pipeline start',
    means: 'comment.created',
    subject: 'issue',
    by: 'ada',
    body: '/pipeline start',
  },
  { at: 0, says: 'approves the pull request', means: 'review.approved' },
  { at: 0, says: 'approves the pull request, delivered twice by the forge', means: 'review.approved', sent: 'again' },
  { at: 0, says: 'merges the pull request', means: 'pull.merged' },
  { at: 0, says: 'closes the issue', means: 'issue.closed' },
  { at: 1, says: 'labels the issue start-pipeline', means: 'issue.labeled', label: 'start-pipeline' },
  { at: 0, says: 'tags a version', means: 'tag.created' },
  { at: 0, says: 'publishes a release', means: 'release.published' },
  { at: 1, says: 'edits the wiki', means: 'wiki.edited' },
  { at: 0, says: 'pushes with a forged signature, which must be refused', means: 'push', sent: 'forged' },
  { at: 2, says: 'pushes commits', means: 'push' },
  { at: 2, says: 'opens a pull request', means: 'pull.opened' },
  { at: 3, says: 'pushes commits', means: 'push' },
  { at: 4, says: 'pushes commits', means: 'push' },
  { at: 5, says: 'pushes commits', means: 'push' },
  { at: 6, says: 'pushes commits', means: 'push' },
];

/** The things that the day is about; which ones is drawn anew for each demo. */
export const ISSUE_TITLES = [
  'Login page fails without cookies',
  'Export drops the last row',
  'Dark mode flickers at start',
  'Search ignores umlauts',
  'Upload stops at 2 GB',
  'Wrong time zone in the mails',
] as const;

export const PULL_TITLES = [
  'Keep the session without cookies',
  'Write the last row too',
  'Cache the dependencies in CI',
  'Fold characters before searching',
  'Stream uploads to disk',
  'Read the time zone from the profile',
] as const;
