import { z } from 'zod';
import { FettleError } from '../../core/errors.ts';
import type { HubClient } from '../hub-client.ts';
import { fail, type Finding, ok, toReason, warn } from './finding.ts';

const Health = z.object({
  status: z.string(),
  version: z.string().optional(),
  store: z.object({ kind: z.string(), reachable: z.boolean() }).optional(),
  inbox: z
    .object({
      entries: z.number(),
      accepting: z.boolean(),
      reason: z.string().optional(),
      oldestPendingAgeSeconds: z.number().nullable(),
    })
    .optional(),
  config: z.object({ state: z.string(), problems: z.array(z.string()) }).optional(),
});

/** Deliveries that wait longer than this want looking into. */
const LONG_WAIT_SECONDS = 60;

export interface HubFindings {
  readonly findings: readonly Finding[];
  /** Whether a hub answered; it then holds the database open and is the one to ask about it. */
  readonly isRunning: boolean;
}

/** The running hub: is there one, is it this version, and how does it say it is. */
export async function checkHub(hub: HubClient, version: string): Promise<HubFindings> {
  try {
    await hub.send('/health/live');
    const health = await hub.ask(Health, 'GET', '/health');
    return { isRunning: true, findings: toFindings(hub.url, version, health) };
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    if (error.code === 'hub_unreachable') {
      return {
        isRunning: false,
        findings: [warn('hub', `none answers at ${hub.url}`, 'Start it with `fettle serve`.')],
      };
    }
    const advice = 'Check that --url, http.host and http.port mean the hub that this configuration belongs to.';
    return { isRunning: false, findings: [fail('hub', toReason(error), advice)] };
  }
}

function toFindings(url: string, version: string, health: z.infer<typeof Health>): Finding[] {
  const { store, inbox, config } = health;
  if (health.version === undefined || store === undefined || inbox === undefined || config === undefined) {
    const advice =
      'It belongs to another data directory or has another FETTLE_ADMIN_TOKEN; run this with its configuration.';
    return [fail('hub', `the hub at ${url} does not accept the token known here`, advice)];
  }
  const waiting = `${inbox.entries} deliveries wait in the inbox`;
  return [
    health.version === version
      ? ok('hub', `version ${version} runs at ${url}`)
      : warn(
          'hub',
          `version ${health.version} runs at ${url}, this is ${version}`,
          'Restart the hub to have it run this version.',
        ),
    store.reachable
      ? ok('database', `${store.kind}, in use by the hub`)
      : fail(
          'database',
          `${store.kind}, the hub cannot reach it`,
          'Start the database or correct database.url; deliveries are kept meanwhile.',
        ),
    !inbox.accepting
      ? fail(
          'inbox',
          `deliveries are refused: ${inbox.reason ?? 'no reason is given'}`,
          'Free disk space or bring the database back.',
        )
      : (inbox.oldestPendingAgeSeconds ?? 0) > LONG_WAIT_SECONDS
        ? warn(
            'inbox',
            `${waiting}, the oldest for ${Math.round(inbox.oldestPendingAgeSeconds ?? 0)} s`,
            'Look into the log of the hub for `drain.waiting`.',
          )
        : ok('inbox', waiting),
    ...(config.state === 'ok'
      ? []
      : [
          fail(
            'hub: configuration',
            `a change was refused: ${config.problems.join(' ')}`,
            'Correct the file; the old configuration is in force meanwhile.',
          ),
        ]),
  ];
}
