import type { Match } from '../../rules/match.ts';
import type { UnsequencedEvent } from '../../rules/rule-set.ts';

/**
 * Ends loops that marks and hop counters do not see, such as two bots that answer each other: a rule that writes to the same place on a
 * forge more often than `loops.maxPerMinute` is paused for that place until a person lets it go on.
 */
export interface LoopGuard {
  /** Why the runs of a match are not to be made; undefined when they are. Counts the match. */
  check(match: Match, event: UnsequencedEvent, nowMs: number): string | undefined;
  /** Takes over what is paused, as the database knows it. */
  setPaused(pauses: Iterable<Pick<Pause, 'rule' | 'scope'>>): void;
}

export interface Pause {
  readonly rule: string;
  /** Forge, repository and number or branch. */
  readonly scope: string;
  readonly reason: string;
}

const MINUTE_MS = 60_000;
/** Places that are counted at a time; beyond it the oldest are forgotten. */
const MOST_COUNTED = 10_000;

/** @param onPause is told when a rule is paused, to keep it. */
export function createLoopGuard(maxPerMinute: () => number, onPause: (pause: Pause) => void): LoopGuard {
  const counts = new Map<string, { readonly sinceMs: number; count: number }>();
  let paused = new Set<string>();

  const count = (key: string, nowMs: number): number => {
    const known = counts.get(key);
    if (known !== undefined && nowMs - known.sinceMs < MINUTE_MS) return (known.count += 1);
    counts.delete(key);
    counts.set(key, { sinceMs: nowMs, count: 1 });
    const oldest = counts.size > MOST_COUNTED ? counts.keys().next().value : undefined;
    if (oldest !== undefined) counts.delete(oldest);
    return 1;
  };

  return {
    check({ rule, runs }, event, nowMs) {
      const writes = runs.some(({ destination }) => destination.startsWith('forge:'));
      if (!writes) return undefined;
      const scope = toScope(event);
      const key = JSON.stringify([rule, scope]);
      if (!paused.has(key)) {
        const most = maxPerMinute();
        if (count(key, nowMs) <= most) return undefined;
        paused.add(key);
        onPause({ rule, scope, reason: `It matched more than ${most} times in a minute, as in a loop.` });
      }
      return `The rule is paused for ${scope}: it matched too often, as in a loop. Look why, then: fettle rules pauses --resume`;
    },
    setPaused(pauses) {
      paused = new Set([...pauses].map(({ rule, scope }) => JSON.stringify([rule, scope])));
    },
  };
}

function toScope({ forge, repo, number, branch }: UnsequencedEvent): string {
  const place = number !== undefined ? `#${number}` : branch !== undefined ? `@${branch}` : '';
  return `${forge}/${repo?.fullName ?? ''}${place}`;
}
