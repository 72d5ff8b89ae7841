/** Rings when something was committed, for those who wait for one task to change. */
export interface Bell {
  ring(): void;
  /** Resolves with the next ring, after `ms` at the latest, or when the signal is aborted. */
  next(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  const listeners = new Set<() => void>();
  return {
    ring() {
      for (const listener of listeners) listener();
    },
    next: (ms, signal) =>
      new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener('abort', end);
          listeners.delete(end);
          resolve();
        };
        const timer = setTimeout(end, ms);
        listeners.add(end);
        signal.addEventListener('abort', end, { once: true });
        if (signal.aborted) end();
      }),
  };
}
