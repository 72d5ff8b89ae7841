/**
 * How long attempts take at each destination, which decides how many runs are claimed ahead for it: as many as can be begun within a
 * fraction of a second, so that claims are few where effects are quick, and nothing is kept from other processes where they are slow.
 */
export interface Pace {
  /** An attempt took so long. */
  note(destination: string, durationMs: number): void;
  /** An attempt failed: nothing is claimed ahead until one succeeds. */
  forget(destination: string): void;
  /** How many runs may be claimed for each one that is worked on at a time, by destination, where it is more than one. */
  readonly ahead: () => Readonly<Record<string, number>>;
}

const AHEAD_MS = 250;
const MOST_AHEAD = 25;
const WEIGHT_OF_LATEST = 0.2;
const MAX_KNOWN = 1_000;

export function createPace(): Pace {
  const meansMs = new Map<string, number>();
  return {
    note(destination, durationMs) {
      const before = meansMs.get(destination) ?? durationMs;
      meansMs.delete(destination);
      meansMs.set(destination, before + (durationMs - before) * WEIGHT_OF_LATEST);
      if (meansMs.size > MAX_KNOWN) meansMs.delete(meansMs.keys().next().value ?? '');
    },
    forget: (destination) => void meansMs.delete(destination),
    ahead() {
      const ahead: Record<string, number> = {};
      for (const [destination, meanMs] of meansMs) {
        const runs = Math.min(MOST_AHEAD, Math.floor(AHEAD_MS / Math.max(meanMs, 1)));
        if (runs > 1) ahead[destination] = runs;
      }
      return ahead;
    },
  };
}
