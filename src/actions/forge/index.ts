import type { Action } from '../../jobs/contract.ts';
import { commentPost } from './comment-post.ts';
import { commentUpsert } from './comment-upsert.ts';
import { issueAssign } from './issue-assign.ts';
import { issueCreate } from './issue-create.ts';
import { issueClose, issueReopen } from './issue-state.ts';
import { labelAdd, labelRemove, labelSet } from './labels.ts';
import { statusSet } from './status-set.ts';

/** What Fettle does on a forge itself, in the order of the documentation. */
export const FORGE_ACTIONS: readonly Action[] = [
  commentPost,
  commentUpsert,
  labelAdd,
  labelRemove,
  labelSet,
  issueCreate,
  issueClose,
  issueReopen,
  issueAssign,
  statusSet,
];
