import type { Cli } from './cli.ts';

/** Events that one call asks for: few enough that whoever waits sees it move. */
const CALL_EVENTS = 500;

interface Page {
  readonly events: number;
  readonly next: number | null;
}

/**
 * Goes through stored events call by call and, on a terminal, tells how far it came. Between two calls it can be interrupted and later
 * begun again. `limit`: most events in all.
 */
export async function pageThrough<P extends Page>(
  cli: Cli,
  limit: number | undefined,
  ask: (part: { readonly after: number; readonly limit: number }) => Promise<P>,
  take: (page: P) => void,
): Promise<void> {
  const isShown = cli.stderr.isTTY === true;
  let events = 0;
  for (let after: number | null = 0; after !== null && events < (limit ?? Number.POSITIVE_INFINITY);) {
    const left: number = limit === undefined ? CALL_EVENTS : Math.min(CALL_EVENTS, limit - events);
    const page: P = await ask({ after, limit: left });
    if (isShown) cli.stderr.write('\r\u001b[2K');
    events += page.events;
    take(page);
    after = page.next;
    if (isShown && after !== null) cli.stderr.write(`${events} events, up to seq ${after} …`);
  }
  if (isShown) cli.stderr.write('\r\u001b[2K');
}
