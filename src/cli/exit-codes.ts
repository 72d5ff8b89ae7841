import type { ErrorCode } from '../core/errors.ts';

/** What a command tells its caller by its exit code. docs/cli.md shows this table, and a test keeps both equal. */
export const EXIT_CODES = {
  0: 'All went well.',
  1: 'The command failed, or a check of `doctor` failed.',
  2: 'The command line or the configuration is wrong; nothing was done.',
  3: 'No running hub was found.',
  4: 'The hub refused: the token is missing, wrong or not allowed to do this.',
  5: 'An export broke off; what was written is complete up to the `seq` that the message names.',
  6: 'There is no work: `tasks claim` found no task, or none came in time.',
  7: 'The task is not yours any more: it was called off, or the lease ended. Stop working on it.',
} as const;

export type ExitCode = keyof typeof EXIT_CODES;

const BY_ERROR: Partial<Record<ErrorCode, ExitCode>> = {
  config_invalid: 2,
  config_unreadable: 2,
  secret_unresolved: 2,
  rule_invalid: 2,
  invalid_request: 2,
  unknown_forge: 2,
  hub_unreachable: 3,
  unauthenticated: 4,
  forbidden: 4,
  signature_invalid: 4,
  signature_missing: 4,
  agent_unknown: 2,
  idempotency_key_reused: 2,
  lease_stale: 7,
  task_cancelled: 7,
};

/** The exit code of a command that ended with this error. */
export function toExitCode(code: ErrorCode): ExitCode {
  return BY_ERROR[code] ?? 1;
}
