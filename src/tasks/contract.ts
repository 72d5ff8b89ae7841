/** The words of tasks. `machine/` says how a task moves, `docs/tasks.md` says so to people. */

export type { Checklist, NewEntry, Read, Reference, Task, Understanding } from '../store/task-record.ts';
export type { GateVerdict, TaskGate, TaskOptions, TaskReason, TaskResult } from '../store/task-tables.ts';

/** What follows from a change of a task, made as runs by the same transaction. */
export type FollowUp =
  /** Bring the sticky comment and the labels on the forge up to date. */
  | { readonly kind: 'report' }
  /** Write a comment that people are notified of: a question, a death, that no agent is capable. */
  | { readonly kind: 'say'; readonly text: string; readonly mention: string | null }
  /** Read the issue (again): what it says, what it waits for, who could do it. */
  | { readonly kind: 'read' }
  /** Check the gates of what was submitted under this fence. */
  | { readonly kind: 'verify'; readonly fence: number }
  /** Find out whether a comment may answer the question. */
  | { readonly kind: 'hear'; readonly comment: HeardComment };

export interface HeardComment {
  readonly id: string | null;
  readonly author: string;
  readonly body: string;
  readonly at: string;
  readonly url: string | null;
  /** What its author may do in the repository, where the delivery or the forge told it with the comment. */
  readonly permission?: 'none' | 'read' | 'write' | 'admin' | undefined;
}

/** Name under which a task shows itself in the stream. */
export type TaskEventType =
  | 'task.opened'
  | 'task.ready'
  | 'task.blocked'
  | 'task.claimed'
  | 'task.asked'
  | 'task.answered'
  | 'task.expired'
  | 'task.released'
  | 'task.submitted'
  | 'task.rejected'
  | 'task.succeeded'
  | 'task.failed'
  | 'task.cancelled'
  | 'task.dead';
