import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { forEachDatabase } from '../../test/databases.ts';
import { addEvents, makeEvent, makeRepo } from '../../test/event-rows.ts';
import { createEventMatcher, type EventFilter, EVERY_EVENT, toEventFields } from '../core/event-filter.ts';
import type { Event } from '../core/event.ts';
import { findEvent, getStreamBounds, listEvents, type ScanLimits, toEventJson } from './events.ts';

const REPOS = [
  'dataforge/app',
  'Dataforge/Web',
  'dataforge.x/app',
  'group/sub/app',
  'Ünï/Cödé',
  'dataforge/app-2',
  'a_b/c-d',
];
const TYPES = ['push', 'issue.opened', 'issue.labeled', 'pull.opened', 'trigger.raised', 'ping'] as const;
const GLOBS = [
  'dataforge/*',
  'DATAFORGE/APP',
  '*/app',
  'ünï/*',
  '**',
  '!dataforge/app',
  '{dataforge,a_b}/*',
  'group/**',
  'data?orge/*',
  '[ad]*/*',
];

const anyEvent = fc.record(
  {
    type: fc.constantFrom(...TYPES),
    forge: fc.constantFrom('home', 'github'),
    repo: fc.constantFrom(...REPOS).map(makeRepo),
    actor: fc.constantFrom('ada', 'Ada', 'bob').map((login) => ({ login, bot: false })),
    label: fc.constantFrom('start-pipeline', 'bug'),
    trigger: fc.constantFrom('pipeline', 'decision'),
    native: fc.constantFrom({ action: 'Label_Updated' }, { action: 'opened' }, {}),
    receivedAt: fc.constantFrom('2026-11-20T10:00:00.000Z', '2026-11-10T10:00:00.000Z'),
    title: fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replaceAll('\0', '').toWellFormed()),
  },
  { requiredKeys: ['type', 'forge', 'receivedAt'] },
);

const some = (...values: readonly string[]) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<string[]>([]) },
    fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 }),
  );

const anyFilter: fc.Arbitrary<EventFilter> = fc.record({
  forges: some('home', 'github', 'nowhere'),
  types: some(...TYPES),
  actions: some('opened', 'label_updated', 'raised', 'nothing'),
  triggers: some('pipeline', 'decision', 'other'),
  actors: some('ada', 'bob'),
  labels: some('start-pipeline', 'bug'),
  repos: some(...GLOBS),
  scopes: some(...GLOBS),
});

/** Small windows, so that a few hundred rows take every way that a million would. */
const anyScan: fc.Arbitrary<ScanLimits> = fc.constantFrom(
  { firstWindow: 10, largestWindow: 40, maxScanned: 60 },
  { firstWindow: 1_000, largestWindow: 1_000, maxScanned: 1_000 },
);

/** Globs that refuse what their beginnings let through: the page is filled in the middle of a second, shorter read. */
const PAGE_FILLED_IN_SECOND_READ: [
  EventFilter,
  { after: number | null; before: number | null },
  { order: 'asc' | 'desc'; limit: number },
  ScanLimits,
] = [
  {
    ...EVERY_EVENT,
    triggers: ['decision', 'pipeline'],
    labels: ['start-pipeline'],
    repos: ['[ad]*/*', 'dataforge/*'],
  },
  { after: null, before: null },
  { order: 'asc', limit: 43 },
  { firstWindow: 10, largestWindow: 40, maxScanned: 60 },
];

forEachDatabase('events', ({ withStore, kind }) => {
  test(`pages of a filter hold exactly what the filter takes in memory, each once and in order, on ${kind}`, async () => {
    await withStore(async ({ db }) => {
      const unsequenced = fc
        .sample(anyEvent, { numRuns: 250, seed: 7 })
        .map((fields) => makeEvent(fields as Partial<Event>));
      await addEvents(db, unsequenced);
      const events = unsequenced.map((event, index) => ({ ...event, seq: index + 1 }));
      const range = fc.record({ after: fc.option(fc.nat(260)), before: fc.option(fc.nat(260)) });
      const paging = fc.record({
        order: fc.constantFrom('asc' as const, 'desc' as const),
        limit: fc.integer({ min: 1, max: 90 }),
      });
      await fc.assert(
        fc.asyncProperty(
          anyFilter,
          range,
          paging,
          anyScan,
          async (filter, { after, before }, { order, limit }, scan) => {
            const matches = createEventMatcher(filter);
            const expected = events
              .filter(
                (event) => matches(toEventFields(event)) && event.seq > (after ?? 0) && event.seq < (before ?? 1e9),
              )
              .map((event) => event.seq);
            if (order === 'desc') expected.reverse();

            const found: number[] = [];
            let query = { filter, after: after ?? undefined, before: before ?? undefined, order, limit };
            for (let more = true; more;) {
              const page = await listEvents(db, query, scan);
              assert.ok(page.events.length <= limit);
              found.push(...page.events.map((event) => event.seq));
              more = page.next !== null;
              query = order === 'asc' ? { ...query, after: page.next ?? 0 } : { ...query, before: page.next ?? 0 };
            }
            assert.deepEqual(found, expected);
          },
        ),
        { numRuns: kind === 'embedded' ? 60 : 150, examples: [PAGE_FILLED_IN_SECOND_READ] },
      );
    });
  });

  test(`the JSON of an event read from ${kind} is the stored event with its seq`, async () => {
    await withStore(async ({ db }) => {
      const event = makeEvent({ title: 'quotes " and \u2028 and \\u0041 and ünï', number: 3, subject: 'issue' });
      const seq = await addEvents(db, [event]);
      const [read] = (await listEvents(db, { order: 'asc', limit: 1 })).events;
      assert.ok(read);
      assert.deepEqual(JSON.parse(toEventJson(read)), { seq, ...event });
      assert.equal((await findEvent(db, event.id))?.seq, seq);
      assert.equal((await findEvent(db, seq))?.number, 3);
      assert.deepEqual((await findEvent(db, seq))?.matched, []);
      assert.equal(await findEvent(db, seq + 1), undefined);
    });
  });

  test(`what retention dropped bounds the stream on ${kind}`, async () => {
    await withStore(async ({ db }) => {
      await addEvents(db, [makeEvent(), makeEvent(), makeEvent()]);
      await sql`update sequencer set pruned_through = 2`.execute(db);
      assert.deepEqual(await getStreamBounds(db), { latest: 3, prunedThrough: 2 });
      const page = await listEvents(db, { filter: EVERY_EVENT, order: 'asc', limit: 10 });
      assert.deepEqual(
        page.events.map((event) => event.seq),
        [3],
      );
    });
  });
});
