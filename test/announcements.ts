import type { Announcements } from '../src/jobs/contract.ts';
import { silentLog } from './databases.ts';

/** For runs and tasks whose events no rule takes and nobody waits for. */
export const QUIET_ANNOUNCEMENTS: Announcements = {
  planRuns: () => ({ runs: [], raised: [], matched: null }),
  onCommitted: () => undefined,
  observer: { claimed: () => undefined, leaseEnded: () => undefined, finished: () => undefined },
  log: silentLog,
};
