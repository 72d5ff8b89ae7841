import type { TestContext } from 'node:test';
import type { Config } from '../src/config/config.ts';
import { systemClock } from '../src/core/clock.ts';
import { FettleError } from '../src/core/errors.ts';
import type { Event } from '../src/core/event.ts';
import { createForgeApi } from '../src/forges/api.ts';
import { attemptRun } from '../src/jobs/attempt.ts';
import type { Action, Announcements } from '../src/jobs/contract.ts';
import { createOutgoingHttp } from '../src/network/outgoing-http.ts';
import { connectVetted } from '../src/network/vetted-socket.ts';
import type { ClaimedRun } from '../src/store/run-claims.ts';
import type { RunReport } from '../src/store/runs.ts';
import type { StepRecord } from '../src/store/run-tables.ts';
import type { GetDatabase } from '../src/store/store.ts';
import { QUIET_ANNOUNCEMENTS } from './announcements.ts';

export interface ActionTrial {
  readonly event?: Event | null;
  /** Parts of the configuration that the action looks at. */
  readonly config?: Partial<Config>;
  readonly db?: GetDatabase;
  readonly announce?: Announcements;
  readonly clock?: () => number;
  /** When the run was made; without it just now. */
  readonly createdAtMs?: number;
  /** What secret references stand for. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** A run of the same id is the same run again: its finished steps are remembered. */
  readonly id?: string;
  readonly attempt?: number;
  readonly steps?: readonly StepRecord[];
  readonly onUnknown?: 'resend' | 'stop';
  readonly timeoutMs?: number;
  readonly hops?: number;
  /** Called before each report is stored; throwing stands for a process that dies there. */
  readonly onSave?: (report: RunReport) => void;
}

export interface ActionTrialEnd {
  readonly report: RunReport;
  /** Code of what failed. */
  readonly code: FettleError['code'] | undefined;
  readonly error: FettleError | undefined;
  /** The run as it was stored on the way, intents included. */
  readonly saved: readonly RunReport[];
}

const LOOPBACK = ['127.0.0.0/8', '::1/128'];

let number = 0;

/** One attempt of an action as the engine makes it: real outgoing HTTP to this machine, real steps, no dispatcher. */
export async function runAction(
  t: TestContext,
  action: Action,
  input: unknown,
  trial: ActionTrial = {},
): Promise<ActionTrialEnd> {
  const { event = null, clock = systemClock } = trial;
  const config = { forges: {}, ...trial.config } as Config;
  const http = createOutgoingHttp({ allowPrivate: LOOPBACK });
  t.after(() => http.close());
  const parsed = action.input.parse(input);
  const target = action.target(parsed, event);
  const now = new Date(clock());
  number += 1;
  const run: ClaimedRun = {
    id: trial.id ?? `00000000-0000-8000-8000-${String(number).padStart(12, '0')}`,
    createdAt: trial.createdAtMs === undefined ? now : new Date(trial.createdAtMs),
    deliveryId: null,
    rule: 'a rule',
    ruleSource: null,
    action: action.name,
    chain: '00000000-0000-8000-8000-00000000cccc',
    forge: event?.forge ?? null,
    repo: event?.repo?.fullName ?? null,
    ...target,
    input,
    options: {
      retryForMs: null,
      maxAttempts: null,
      timeoutMs: trial.timeoutMs ?? null,
      onUnknown: trial.onUnknown ?? 'stop',
    },
    hops: trial.hops ?? 0,
    attempt: trial.attempt ?? 1,
    burned: 0,
    firstAttemptAt: now,
    startedAt: now,
    intent: null,
    steps: trial.steps ?? [],
    attempts: [],
    calls: {},
    isFollowed: false,
    event: event === null ? null : JSON.stringify(event),
    seq: event?.seq ?? null,
  };
  const saved: RunReport[] = [];
  const { report, error } = await attemptRun(
    run,
    action,
    {
      config: () => config,
      clock,
      db:
        trial.db ??
        (() => {
          throw new FettleError('store_unavailable', 'This test has no database.');
        }),
      outgoing: http,
      forge(name, transport) {
        const forge = config.forges[name];
        const api = forge === undefined ? undefined : createForgeApi(forge, transport);
        if (api === undefined) throw new FettleError('rule_invalid', `The forge \`${name}\` has no address.`);
        return api;
      },
      secret(reference) {
        const value = trial.secrets?.[reference];
        if (value === undefined) throw new FettleError('secret_unresolved', `${reference} cannot be resolved.`);
        return Promise.resolve(value);
      },
      connect: (host, port) => connectVetted(host, port, { allowPrivate: LOOPBACK }),
      announce: trial.announce ?? QUIET_ANNOUNCEMENTS,
      retryForMs: () => 8 * 86_400_000,
    },
    new AbortController().signal,
    async (one) => {
      trial.onSave?.(one);
      saved.push(one);
    },
  );
  return { report, error, code: error?.code, saved };
}
