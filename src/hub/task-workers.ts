import { FettleError } from '../core/errors.ts';
import type { TaskDesk } from '../tasks/desk-contract.ts';

const refuse = (): Promise<never> =>
  Promise.reject(new FettleError('store_unavailable', 'Tasks are not ready yet. Try again in a moment.'));

/** What agents and people are answered before the desk is open. */
export const ABSENT_DESK: TaskDesk = {
  list: refuse,
  get: refuse,
  getContext: refuse,
  claim: refuse,
  heartbeat: refuse,
  ask: refuse,
  complete: refuse,
  fail: refuse,
  release: refuse,
  open: refuse,
  approve: refuse,
  reject: refuse,
  cancel: refuse,
  requeue: refuse,
  quarantine: refuse,
  waive: refuse,
};
