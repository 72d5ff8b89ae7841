/** The closed word lists of Fettle; see ARCHITECTURE.md for what each word means. */

/** Kinds of forge, in the order they are documented. */
export const FORGE_KINDS = ['gitea', 'forgejo', 'gogs', 'github', 'gitlab', 'bitbucket', 'onedev'] as const;
export type ForgeKind = (typeof FORGE_KINDS)[number];

/** How an event came to be. */
export const ORIGINS = ['webhook', 'recovered', 'replay', 'manual'] as const;

/** Names that a forge may have; `health` is a route. */
export const FORGE_NAME_PATTERN = /^(?!health$)[a-z][a-z0-9-]*$/;

/** The states of a task. */
export const TASK_STATES = [
  'blocked',
  'queued',
  'leased',
  'needs_input',
  'awaiting_approval',
  'succeeded',
  'failed',
  'cancelled',
  'dead',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

/** How hard a task is, easiest first. */
export const DIFFICULTIES = ['low', 'medium', 'high'] as const;
export type Difficulty = (typeof DIFFICULTIES)[number];
