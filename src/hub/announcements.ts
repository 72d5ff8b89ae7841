import type { Logger } from 'pino';
import { systemClock, toIsoTime } from '../core/clock.ts';
import type { Announcements } from '../jobs/contract.ts';
import type { RuleSet } from '../rules/rule-set.ts';
import { toNewRun } from '../rules/to-new-run.ts';

export interface AnnouncementSources {
  readonly ruleSet: () => RuleSet;
  readonly onCommitted: () => void;
  readonly observer: Announcements['observer'];
  readonly log: Logger;
}

/** What rules do about events that Fettle causes itself, and who is woken by them. */
export function createAnnouncements({ ruleSet, ...rest }: AnnouncementSources): Announcements {
  return {
    ...rest,
    planRuns(event) {
      const matches = ruleSet().match(event);
      const source = { origin: 'event', event, deliveryId: null, nowAt: toIsoTime(systemClock()) } as const;
      const runs = matches.flatMap((match) => match.runs.map((planned) => toNewRun(planned, source)));
      const matched = matches.flatMap(({ rule, runs: planned }) =>
        planned.map(({ action, id }) => ({ rule, action, run: id })),
      );
      return { runs, matched: matched.length === 0 ? null : JSON.stringify(matched) };
    },
  };
}
