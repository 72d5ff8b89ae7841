import { randomUUID } from 'node:crypto';
import type { Kysely } from 'kysely';
import type { Database } from '../../src/store/schema.ts';
import { seedRuns } from '../seed-runs.ts';

/** Text as a stranger could write it. */
export const HOSTILE = '<img src=x onerror="document.title=1"><b>bold</b>';

/** A time this far before now, so that pages show it as such. */
export function toAgoTime(minutes: number): string {
  return new Date(Date.now() - minutes * 60_000).toISOString();
}

/** A time this far after now; no worker takes a run before it is due. */
export function toLaterTime(minutes: number): string {
  return toAgoTime(-minutes);
}

/** A run of each state, as the engine leaves them, none of which any worker touches by itself. Returns their ids by state. */
export async function seedRunOfEachState(db: Kysely<Database>): Promise<Record<string, string>> {
  const base = { created_at: toAgoTime(40), started_at: toAgoTime(39), forge: 'gitea', rule: 'pushes to the room' };
  const failure = 'matrix.example.org answered 502 Bad Gateway. It is tried again; look at its log if it goes on.';
  const ids = await seedRuns(db, [
    { ...base, state: 'succeeded', result: toResult('Posted to #releases:example.org.') },
    { ...base, state: 'unchanged', result: toResult('The label was there already.'), action: 'label.add' },
    { ...base, state: 'skipped', reason: 'The push has no commits.', result: toResult('The push has no commits.') },
    { ...base, state: 'queued', next_at: toLaterTime(60), started_at: null, attempt: 0 },
    { ...base, state: 'running', holder: randomUUID(), lease_until: toLaterTime(600) },
    {
      ...base,
      state: 'waiting',
      action: 'slack.notify',
      destination: 'hooks.slack.example',
      code: 'outcome_unknown',
      reason: 'Step post: it is not known whether the effect was made. The connection was lost.',
    },
    {
      ...base,
      state: 'failed',
      code: 'upstream_failed',
      reason: failure,
      next_at: toLaterTime(200),
      attempt: 3,
      burned: 3,
      calls: '{"matrix":7}',
      input: '{"room":"#releases:example.org","text":"three commits"}',
      steps: JSON.stringify([
        {
          name: 'join the room',
          attempt: 1,
          startedAt: toAgoTime(39),
          finishedAt: new Date(Date.parse(toAgoTime(39)) + 340).toISOString(),
          output: { roomId: '!abc:example.org' },
          log: ['the alias leads to !abc:example.org'],
        },
        {
          name: 'send the message',
          attempt: 3,
          startedAt: toAgoTime(5),
          finishedAt: null,
          error: 'The answer was 502 Bad Gateway.',
          log: ['POST /send', HOSTILE],
        },
      ]),
      attempts: JSON.stringify(
        [1, 2, 3].map((number) => ({
          number,
          startedAt: toAgoTime(40 - number * 10),
          finishedAt: toAgoTime(40 - number * 10),
          state: 'failed',
          code: 'upstream_failed',
          detail: failure,
        })),
      ),
    },
    {
      ...base,
      state: 'dead',
      action: 'webhook.send',
      repo: HOSTILE,
      rule: `rule ${HOSTILE}`,
      code: 'upstream_refused',
      reason: `deploy.example.org answered 410 Gone: ${HOSTILE}`,
      destination: 'deploy.example.org',
      input: JSON.stringify({ url: 'javascript:alert(1)', secret: '${env:DEPLOY_SECRET}', note: HOSTILE }),
      result: JSON.stringify({ summary: HOSTILE, url: 'javascript:document.title=1' }),
    },
    { ...base, state: 'cancelled', reason: 'Cancelled by browser of admin.' },
  ]);
  const states = 'succeeded unchanged skipped queued running waiting failed dead cancelled'.split(' ');
  return Object.fromEntries(states.map((state, index) => [state, ids[index] ?? '']));
}

/** Runs that died because the ledger could not be written, and that end well once they are redriven. */
export async function seedDeadLedgerRuns(db: Kysely<Database>, node: string, count: number): Promise<string[]> {
  return await seedRuns(
    db,
    Array.from({ length: count }, (_, index) => ({
      created_at: toAgoTime(count - index),
      state: 'dead' as const,
      action: 'ledger.record',
      rule: `record ${node}`,
      destination: 'ledger',
      order_key: `ledger.record:${node}`,
      input: JSON.stringify({ node, counts: { commits: String(index + 1) } }),
      code: 'upstream_failed',
      reason: 'The ledger could not be written.',
    })),
  );
}

function toResult(summary: string): string {
  return JSON.stringify({ summary });
}
