import type { Repository } from '../core/event.ts';
import type { Difficulty, TaskState } from '../core/vocabulary.ts';
import type { GateVerdict, TaskOptions, TaskReason, TaskResult } from './task-tables.ts';

/** A task as the machine sees it: every column of its row, in its own types, times as ISO 8601. */
export interface Task {
  readonly id: string;
  readonly key: string;
  readonly forge: string;
  readonly repo: string | null;
  readonly subject: 'issue' | 'pull' | null;
  readonly number: number | null;
  readonly repository: Repository | null;
  readonly title: string;
  readonly body: string;
  readonly url: string | null;
  readonly author: string | null;
  readonly labels: readonly string[];
  readonly reasons: readonly TaskReason[];
  readonly round: number;
  readonly state: TaskState;
  readonly reason: string | null;
  readonly closed: 'closed' | 'merged' | 'deleted' | null;
  readonly quarantinedBy: string | null;
  readonly approvedBy: string | null;
  readonly priority: number;
  readonly estimate: number | null;
  readonly difficulty: Difficulty | null;
  readonly understood: Understanding | null;
  readonly dependents: number;
  readonly blockers: number;
  readonly options: TaskOptions;
  readonly chosenAgent: string | null;
  readonly chosenBecause: string | null;
  readonly chosenUntil: string | null;
  readonly attempt: number;
  readonly fence: number;
  readonly agent: string | null;
  readonly principal: string | null;
  /** Hex of the SHA-256 of the lease token. */
  readonly leaseHash: string | null;
  readonly leaseUntil: string | null;
  readonly claimedAt: string | null;
  readonly percent: number | null;
  readonly note: string | null;
  readonly question: string | null;
  readonly handover: string | null;
  readonly submitted: TaskResult | null;
  readonly verdicts: readonly GateVerdict[] | null;
  readonly result: TaskResult | null;
  readonly lastEntry: number;
  readonly heardThrough: number;
  readonly revision: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly queuedAt: string | null;
  readonly finishedAt: string | null;
}

/** How sure a value is, from 0 to 1, and where it comes from. */
export interface Read<T> {
  readonly value: T;
  readonly confidence: number;
  /** `section`: as the format wants it; `formula`: worked out; `text`: found in free text; `estimator`: asked for. */
  readonly from: 'section' | 'formula' | 'text' | 'estimator';
  /** The line it was read from, at most 200 characters. */
  readonly line?: string | undefined;
}

/** A reference to an issue or pull request. `repo` is null for the repository of the text itself. */
export interface Reference {
  readonly repo: string | null;
  readonly number: number;
}

export interface Checklist {
  readonly total: number;
  readonly done: number;
  /** The first 50, each at most 300 characters. */
  readonly items: readonly { readonly text: string; readonly isDone: boolean }[];
}

/** What was read in the text of an issue. A field that it does not tell is absent, never assumed. */
export interface Understanding {
  readonly objective?: Read<string> | undefined;
  /** Tokens. */
  readonly estimate?: Read<number> | undefined;
  readonly difficulty?: Read<Difficulty> | undefined;
  readonly files?: Read<number> | undefined;
  readonly complexity?: Read<Difficulty> | undefined;
  readonly tests?: Read<Difficulty> | undefined;
  readonly documentation?: Read<'none' | 'light' | 'medium' | 'heavy'> | undefined;
  /** The agent that the text recommends. */
  readonly agent?: Read<string> | undefined;
  readonly blockedBy: readonly Read<Reference>[];
  readonly blocks: readonly Read<Reference>[];
  /** Blockers that the text lists beyond those of `blockedBy`; while there are any the task must not count as unblocked. */
  readonly unlisted?: number | undefined;
  readonly criteria: Checklist;
  /** What does not fit together or could not be read, in words for the author. */
  readonly problems: readonly string[];
  /** The lowest confidence of what selection needs: estimate and difficulty; 0 when one is missing. */
  readonly confidence: number;
}

/** A line of the journal, not yet numbered. */
export interface NewEntry {
  /** `opened`, `claimed`, `note`, `asked`, `answered`, `commented`, `edited`, `expired` … */
  readonly kind: string;
  readonly by: string | null;
  readonly isNews: boolean;
  readonly data: Readonly<Record<string, unknown>>;
}
