import { FettleError } from '../src/core/errors.ts';
import type { AgentTable } from '../src/http/routes/agents.ts';
import type { TaskDesk } from '../src/tasks/desk-contract.ts';

const refuse = (): Promise<never> => Promise.reject(new FettleError('store_unavailable', 'This hub has no tasks.'));

/** The desk of a hub without a database. */
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

export const ABSENT_AGENTS: AgentTable = { list: refuse, put: refuse, remove: refuse };
