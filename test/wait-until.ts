import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something holds; fails with what was waited for when it does not for a minute. */
export async function waitUntil(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadlineMs = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`Waited a minute in vain until ${what}`);
    await delay(5);
  }
}
