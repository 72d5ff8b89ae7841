import { setTimeout as delay } from 'node:timers/promises';
import { Cron } from 'croner';
import type { Logger } from 'pino';
import { type Clock, toIsoTime } from '../core/clock.ts';
import type { RuleSet, ScheduledRule } from '../rules/rule-set.ts';
import { toNewRun } from '../rules/to-new-run.ts';
import { insertRuns } from '../store/runs.ts';
import { ensureSchedules, listSchedules, type ScheduleRow, takeSchedule } from '../store/schedules.ts';
import type { GetDatabase } from '../store/store.ts';

/**
 * Makes the runs of rules with a schedule. The next time of each is in the database; whoever sees that it has come takes it and makes the
 * runs in one transaction, so of any number of processes one does. What was due while no hub ran is made up for once, however often it was.
 */
export interface ScheduleKeeper {
  start(): void;
  stop(): Promise<void>;
  /** Makes what is due. For tests, instead of `start`. @returns how many runs were made. */
  tick(): Promise<number>;
}

export interface ScheduleKeeperPorts {
  readonly db: GetDatabase;
  readonly clock: Clock;
  readonly ruleSet: () => RuleSet;
  /** Runs were made. */
  readonly onRuns: () => void;
  readonly log: Logger;
}

/** Longest time until a changed configuration is noticed. */
const LOOK_EVERY_MS = 10_000;

export function createScheduleKeeper({ db, clock, ruleSet, onRuns, log }: ScheduleKeeperPorts): ScheduleKeeper {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;

  const take = async (row: ScheduleRow, rule: ScheduledRule): Promise<number> => {
    const followingAt = toNextTime(rule, new Date(clock()));
    return await db()
      .transaction()
      .execute(async (trx) => {
        if (!(await takeSchedule(trx, row, followingAt))) return 0;
        const { runs } = ruleSet().plan(rule.rule, null, row.nextAt);
        const source = { origin: 'schedule', event: null, deliveryId: null, nowAt: toIsoTime(clock()) } as const;
        return (
          await insertRuns(
            trx,
            runs.map((planned) => toNewRun(planned, source)),
          )
        ).size;
      });
  };

  const tick = async (): Promise<number> => {
    const rules = new Map(ruleSet().scheduled.map((rule) => [rule.rule, rule]));
    if (rules.size === 0) return 0;
    const nowMs = clock();
    const wanted = [...rules.values()].map((rule) => ({
      rule: rule.rule,
      cron: `${rule.cron} ${rule.timezone}`,
      nextAt: toNextTime(rule, new Date(nowMs)),
    }));
    await ensureSchedules(db(), wanted);
    let made = 0;
    for (const row of await listSchedules(db(), [...rules.keys()])) {
      const rule = rules.get(row.rule);
      if (rule !== undefined && row.nextAt.getTime() <= nowMs) made += await take(row, rule);
    }
    if (made > 0) onRuns();
    return made;
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      await tick().catch((error: unknown) => log.warn({ err: error }, 'schedule.waiting'));
      const soonestMs = Math.min(
        ...ruleSet().scheduled.map((rule) => toNextTime(rule, new Date(clock())).getTime() - clock()),
        LOOK_EVERY_MS,
      );
      await delay(Math.max(soonestMs, 10), undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  };

  return {
    start() {
      running ??= run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    tick,
  };
}

/** The next time of a schedule after a moment. One that has none any more is looked at again in a year. */
function toNextTime({ cron, timezone }: ScheduledRule, after: Date): Date {
  return new Cron(cron, { timezone }).nextRun(after) ?? new Date(after.getTime() + YEAR_MS);
}

const YEAR_MS = 365 * 86_400_000;
