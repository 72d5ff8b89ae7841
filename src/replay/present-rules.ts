import type { RuleSet, UnsequencedEvent } from '../rules/rule-set.ts';

/** The rules of today. */
export interface PresentRules {
  readonly ruleSet: RuleSet;
  /** Reads the rules that an event's repository brings along, so that the rule set knows them. */
  readonly ensureRepositoryRules: (event: UnsequencedEvent) => Promise<void>;
}

/** Forges that are asked for a file at a time. */
const AT_A_TIME = 8;

/** Lets the rule set know what the repositories of these events bring along today. */
export async function ensureRulesOf(
  { ensureRepositoryRules }: PresentRules,
  events: readonly UnsequencedEvent[],
): Promise<void> {
  const firsts = new Map(events.map((event) => [`${event.forge}/${event.repo?.fullName.toLowerCase() ?? ''}`, event]));
  const waiting = [...firsts.values()].filter(({ repo }) => repo !== undefined);
  for (let start = 0; start < waiting.length; start += AT_A_TIME) {
    // A push of the past says nothing of whether the file changed since it was read, so it does not count as one.
    const some = waiting.slice(start, start + AT_A_TIME).map((event) => ({ ...event, type: 'unknown' as const }));
    await Promise.all(some.map(ensureRepositoryRules));
  }
}
