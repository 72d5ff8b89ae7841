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
  books: z
    .object({ balanced: z.boolean(), findings: z.array(z.object({ about: z.string(), detail: z.string() })) })
    .optional(),
  runs: z.object({ waiting: z.number(), dead: z.number(), breakers: z.number() }).optional(),
});

const Hooks = z.object({ hooks: z.array(z.object({ state: z.string() })) });

/** Deliveries that wait longer than this want looking into. */
const LONG_WAIT_SECONDS = 60;

export interface HubFindings {
  readonly findings: readonly Finding[];
  /** Whether a hub answered; it then holds the database open and is the one to ask about it. */
  readonly isRunning: boolean;
  /** Webhooks that it installed; 0 also when it does not tell. */
  readonly installedHooks: number;
}

/** The running hub: is there one, is it this version, and how does it say it is. */
export async function checkHub(hub: HubClient, version: string): Promise<HubFindings> {
  try {
    await hub.send('/health/live');
    const health = await hub.ask(Health, 'GET', '/health');
    const installedHooks = health.version === undefined ? 0 : await countHooks(hub);
    return { isRunning: true, findings: toFindings(hub.url, version, health), installedHooks };
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    if (error.code === 'hub_unreachable') {
      return {
        isRunning: false,
        installedHooks: 0,
        findings: [warn('hub', `none answers at ${hub.url}`, 'Start it with `fettle serve`.')],
      };
    }
    const advice = 'Check that --url, http.host and http.port mean the hub that this configuration belongs to.';
    return { isRunning: false, installedHooks: 0, findings: [fail('hub', toReason(error), advice)] };
  }
}

/** A hub without its database does not know. */
async function countHooks(hub: HubClient): Promise<number> {
  try {
    return (await hub.ask(Hooks, 'GET', '/api/v1/hooks')).hooks.length;
  } catch (error) {
    if (error instanceof FettleError) return 0;
    throw error;
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
    ...toBooksFindings(health),
    ...toRunsFindings(health),
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

function toBooksFindings({ books }: z.infer<typeof Health>): Finding[] {
  if (books === undefined) return [];
  if (books.balanced) return [ok('books', 'every delivery is accounted for')];
  const said = books.findings.map(({ about, detail }) => `${about}: ${detail}`).join(' ');
  return [fail('books', said, 'Keep the log and a backup, and report it: a delivery is missing or counted twice.')];
}

function toRunsFindings({ runs }: z.infer<typeof Health>): Finding[] {
  if (runs === undefined) return [];
  const { waiting, dead, breakers } = runs;
  const shut = [];
  if (breakers > 0) {
    const detail = `destinations or credentials left alone: ${breakers}`;
    shut.push(warn('runs: breakers', detail, 'See `fettle runs breakers` for what failed.'));
  }
  if (dead === 0) return [ok('runs', `dead 0, waiting ${waiting}`), ...shut];
  const advice = 'See `fettle runs list --state dead`, and redrive them once the cause is gone.';
  return [warn('runs', `dead ${dead}, waiting ${waiting}`, advice), ...shut];
}
