import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { FakeForge } from '../../test/fake-forge/contract.ts';
import type { World } from '../../test/fake-forge/world.ts';
import { type ErrorCode, FettleError } from '../core/errors.ts';
import type { Repository } from '../core/event.ts';
import type { ForgeApi } from './api.ts';

/** What the parts of the suite about the work on a forge share. */

/** Which groups a kind has, and where it differs. */
export interface WorkTraits {
  readonly groups: readonly ('subjects' | 'pulls')[];
  /** Has no issues at all. */
  readonly hasNoIssues?: boolean;
  readonly hasNoLabels?: boolean;
  /** How many assignees of a subject can be told. */
  readonly assignees?: 0 | 1 | 2;
  readonly pullsHaveNoAssignees?: boolean;
  /** Most digits of a commit that a pull request names. */
  readonly digits?: number;
  /** Drops approvals for what was pushed over, which others leave to a setting of theirs. */
  readonly knowsStale?: boolean;
  readonly hasCheckRuns?: boolean;
  /** Keeps notes of its own, and notes for members, among the comments. */
  readonly hasNotes?: boolean;
  /** What a status that succeeded, failed, and is under way is called there. */
  readonly words: readonly [success: string, failure: string, pending: string];
}

export interface Place {
  readonly forge: FakeForge;
  readonly world: World;
  readonly repo: Repository;
  readonly api: ForgeApi;
}

export type Open = (t: TestContext) => Promise<Place>;

export async function failsWith(code: ErrorCode, work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof FettleError, String(error));
    assert.equal(error.code, code, error.message);
    assert.doesNotMatch(error.message, /hunter2/);
    return true;
  });
}
