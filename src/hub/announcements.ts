import { systemClock, toIsoTime } from '../core/clock.ts';
import type { LoopGuard } from '../ingest/drain/loop-guard.ts';
import type { Announcements } from '../jobs/contract.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { toMatched } from '../rules/match.ts';
import { toNewRun } from '../rules/to-new-run.ts';
import { toTriggerEvent } from '../rules/trigger.ts';

export interface AnnouncementSources extends Omit<Announcements, 'planRuns'> {
  readonly ruleSet: () => RuleSet;
  readonly loopGuard: LoopGuard;
}

/** What rules do about events that Fettle causes itself, and who is woken by them. As the drain does it for events of forges. */
export function createAnnouncements({ ruleSet, loopGuard, ...rest }: AnnouncementSources): Announcements {
  return {
    ...rest,
    planRuns(event) {
      const nowMs = systemClock();
      const matches = ruleSet().match(event);
      const source = { origin: 'event', event, deliveryId: null, nowAt: toIsoTime(nowMs) } as const;
      const runs = matches.flatMap((match) => {
        const refusal = loopGuard.check(match, event, nowMs);
        return match.runs.map((planned) => toNewRun(planned, { ...source, refusal }));
      });
      const raised = matches.flatMap(({ rule, triggers }) =>
        triggers.map((trigger) => toTriggerEvent(event, rule, trigger)),
      );
      return { runs, raised, matched: matches.length === 0 ? null : JSON.stringify(matches.flatMap(toMatched)) };
    },
  };
}
