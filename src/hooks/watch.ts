import { setTimeout as delay } from 'node:timers/promises';
import { type HookKey, setHookState, takeDueHooks } from '../store/hooks.ts';
import { applyHooks } from './apply.ts';
import type { HookLog, HookPorts } from './contract.ts';
import { dropExpiredSecrets } from './rotation.ts';
import { type VerifiedHook, verifyHooks } from './verify.ts';

/**
 * Looks after the installed hooks. Every minute it takes those that nobody looked at for as long as is configured, compares each with what
 * was installed, and where that is wanted brings it in order again. Each hook is taken from the table, so of several processes on one
 * database one looks at it; and whoever works on a place has claimed it, so two never make a hook there.
 */
export interface HookWatch {
  start(): void;
  /** Looks at what is due now. */
  check(): Promise<void>;
  /** Resolves when the last look has ended. */
  stop(): Promise<void>;
}

export interface HookWatchPorts extends HookPorts {
  /** Live, because the options are. A `checkEveryMs` of 0 means never. */
  readonly settings: () => { readonly checkEveryMs: number; readonly repair: boolean };
}

const TICK_MS = 60_000;
const BATCH = 50;
/** What can be mended by installing again. */
const MENDABLE: ReadonlySet<string> = new Set(['missing', 'disabled', 'changed']);

export function createHookWatch(ports: HookWatchPorts): HookWatch {
  const stopping = new AbortController();
  let running = Promise.resolve();

  async function check(): Promise<void> {
    await dropExpiredSecrets(ports);
    const { checkEveryMs } = ports.settings();
    if (checkEveryMs === 0) return;
    const now = new Date(ports.clock());
    const before = new Date(now.getTime() - checkEveryMs);
    while (!stopping.signal.aborted) {
      const due = await takeDueHooks(ports.db(), { forges: Object.keys(ports.forges()), before, now, limit: BATCH });
      for (const [name, hooks] of Map.groupBy(due, ({ forge }) => forge)) await look(name, hooks);
      if (due.length < BATCH) return;
    }
  }

  async function look(name: string, known: readonly (HookKey & { readonly state: string })[]): Promise<void> {
    const forge = ports.forges()[name];
    if (forge === undefined || stopping.signal.aborted) return;
    const found = await verifyHooks(ports, forge, known);
    const before = new Map(known.map((hook) => [toText(hook), hook.state]));
    for (const hook of found) logChange(ports.log, hook, before.get(toText(hook)));
    const broken = found.filter(({ state }) => MENDABLE.has(state));
    if (!ports.settings().repair || broken.length === 0 || stopping.signal.aborted) return;
    const places = broken.map(({ level, place }) => ({ forge: name, level, place }));
    const changes = await applyHooks(ports, { forge, places, address: null, dryRun: false, by: 'the watch' });
    for (const { level, place, change, detail } of changes) {
      const finding = broken.find((hook) => hook.level === level && hook.place === place);
      if (change !== 'failed' || finding === undefined) continue;
      const said = `${finding.detail} Mending it failed: ${detail}`;
      const at = new Date(ports.clock());
      await setHookState(ports.db(), finding, { state: finding.state, detail: said }, at);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await check().catch((error: unknown) => ports.log.warn({ err: error }, 'hook.watch_waiting'));
      await delay(TICK_MS, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  return {
    start() {
      running = run();
    },
    check,
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

function toText({ level, place }: HookKey): string {
  return `${level} ${place}`;
}

function logChange(
  log: HookLog,
  { forge, level, place, state, detail }: VerifiedHook,
  before: string | undefined,
): void {
  if (state === before) return;
  const facts = { forge, level, place, state, detail };
  if (state === 'ok') log.info(facts, 'hook.in_order_again');
  else log.warn(facts, 'hook.out_of_order');
}
