import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createId } from '../src/core/id.ts';
import type { ForgeKind } from '../src/core/vocabulary.ts';
import { getDriver } from '../src/forges/registry.ts';
import { type HubUnderTest, startTestHub } from './running-hub.ts';

/** Real payloads of other projects, beside the repository where somebody put them; never part of it. */
const FIXTURES = join(import.meta.dirname, '../../shared/fixtures');
const SECRET = 'a-secret-of-this-test';

interface Fixture {
  readonly forge: string;
  readonly event: string;
  readonly event_type?: string;
  readonly file: string;
}

interface Vector {
  readonly forge: string;
  readonly file: string | null;
  readonly header: string;
  readonly value: string;
  readonly secret: string;
}

const KINDS: Record<string, ForgeKind> = { 'bitbucket-cloud': 'bitbucket', 'bitbucket-server': 'bitbucket' };

function kindOf(forge: string): ForgeKind {
  return KINDS[forge] ?? (forge as ForgeKind);
}

function readJson(name: string): unknown {
  return JSON.parse(readFileSync(join(FIXTURES, name), 'utf8'));
}

const skip = existsSync(FIXTURES) ? false : 'the folder with the payloads of other projects is not here';
const fixtures = skip === false ? (readJson('index.json') as Fixture[]) : [];
const vectors = (skip === false ? (readJson('signatures.json') as Vector[]) : []).filter(
  (vector) => vector.file !== null,
);

/** One forge per name in the index; every secret of the known-answer signatures is active beside ours. */
function toConfigText(): string {
  const names = [...new Set(fixtures.map((fixture) => fixture.forge))];
  const forges = names.map((name) => {
    const secrets = new Set([
      SECRET,
      ...vectors.filter((vector) => vector.forge === name).map((vector) => vector.secret),
    ]);
    return [name, { kind: kindOf(name), secret: [...secrets] }];
  });
  return JSON.stringify({ forges: Object.fromEntries(forges), recipes: ['event-bridge'] });
}

describe('real payloads over HTTP', { skip }, () => {
  let hub: HubUnderTest;
  before(async () => {
    hub = await startTestHub({ config: toConfigText() });
  });
  after(() => hub.stop());

  const send = (fixture: Fixture, body: Buffer, headers: Record<string, string>) =>
    hub.post(`/webhook/${fixture.forge}`, body, headers);

  const sign = (fixture: Fixture, body: Buffer) =>
    getDriver(kindOf(fixture.forge)).toSignedHeaders({
      event: fixture.event,
      eventType: fixture.event_type,
      body,
      secret: SECRET,
      deliveryId: createId(),
      nowMs: Date.now(),
    });

  it('every payload is accepted, stored and understood', async (t) => {
    assert.equal(fixtures.length, 594);
    const ids = new Map<string, Fixture>();
    await inParallel(fixtures, async (fixture) => {
      const body = readFileSync(join(FIXTURES, fixture.file));
      const answer = await send(fixture, body, sign(fixture, body));
      assert.equal(answer.status, 200, `${fixture.file}: ${answer.text}`);
      ids.set((JSON.parse(answer.text) as { id: string }).id, fixture);
    });
    await hub.drained();

    const { total } = await hub.books();
    assert.equal(total.received, 594);
    assert.equal(total.pending, 0);
    assert.ok(total.balanced);
    const deliveries = await hub.deliveries();
    assert.deepEqual(
      deliveries.filter((delivery) => delivery.error !== null).map((delivery) => delivery.error),
      [],
    );

    const table = new Map<string, { named: number; unknown: number; folded: number }>();
    for (const delivery of deliveries) {
      const fixture = ids.get(delivery.id);
      if (fixture === undefined) continue;
      const key = `${fixture.forge} ${fixture.event}`;
      const row = table.get(key) ?? { named: 0, unknown: 0, folded: 0 };
      if (delivery.state === 'duplicate') row.folded += 1;
      else if (delivery.types.length > 0 && delivery.types.every((type) => type === 'unknown')) row.unknown += 1;
      else row.named += 1;
      table.set(key, row);
    }
    t.diagnostic('forge event: named / unknown / folded by meaning');
    for (const [key, row] of [...table].toSorted(([one], [other]) => one.localeCompare(other)))
      t.diagnostic(`${key}: ${row.named} / ${row.unknown} / ${row.folded}`);
    const seen = [...table.values()].reduce((sum, row) => sum + row.named + row.unknown + row.folded, 0);
    assert.equal(seen, 594);
    t.diagnostic(
      `in all: ${JSON.stringify([...table.values()].reduce((sum, row) => ({ named: sum.named + row.named, unknown: sum.unknown + row.unknown, folded: sum.folded + row.folded })))}`,
    );
  });

  it('every known-answer signature is accepted as it was recorded', async () => {
    for (const vector of vectors) {
      const fixture = fixtures.find((one) => one.file === vector.file);
      assert.ok(fixture !== undefined, `${vector.file} is in the index`);
      const body = readFileSync(join(FIXTURES, vector.file ?? ''));
      const ours = Object.entries(sign(fixture, body)).filter(([name]) => !/signature/i.test(name));
      const answer = await send(fixture, body, { ...Object.fromEntries(ours), [vector.header]: vector.value });
      assert.equal(answer.status, 200, `${vector.file}: ${answer.text}`);
      const spoilt = await send(fixture, body, {
        ...Object.fromEntries(ours),
        [vector.header]: vector.value.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      });
      assert.match(String(spoilt.status), /^(401|429)$/);
    }
    assert.ok(vectors.length >= 30, `${vectors.length} vectors`);
  });

  it('mutated payloads are accepted or refused, and never break anything', async () => {
    const mutations = fc.sample(fc.record({ at: fc.nat(), kind: fc.constantFrom(...MUTATIONS), salt: fc.nat() }), {
      numRuns: fixtures.length,
      seed: 20_261,
    });
    await inParallel([...fixtures.entries()], async ([index, fixture]) => {
      const mutation = mutations[index] as Mutation;
      const body = mutate(readFileSync(join(FIXTURES, fixture.file)), mutation);
      const answer = await send(fixture, body, toHeaders(fixture, body, sign));
      assert.match(
        String(answer.status),
        /^(200|422)$/,
        `${fixture.file}, ${JSON.stringify(mutation)}: ${answer.text}`,
      );
    });
    await hub.drained();
    const { total } = await hub.books();
    assert.equal(total.pending, 0);
    assert.ok(total.balanced);
  });
});

/** Works on sixteen at a time, as a forge with several workers would. */
async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = items.values();
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (const item of rest) await work(item);
    }),
  );
}

const MUTATIONS = ['flip a byte', 'cut', 'swap types', 'prototype keys', 'deep nesting', 'huge numbers'] as const;
interface Mutation {
  readonly at: number;
  readonly kind: (typeof MUTATIONS)[number];
  readonly salt: number;
}

function mutate(body: Buffer, { at, kind, salt }: Mutation): Buffer {
  if (kind === 'flip a byte') {
    const copy = Buffer.from(body);
    copy[at % copy.length] = salt % 256;
    return copy;
  }
  if (kind === 'cut') return body.subarray(0, at % body.length);
  const value: unknown = JSON.parse(body.toString('utf8'));
  return Buffer.from(
    JSON.stringify(mutateValue(value, kind, at, salt), (_key, one: unknown) => one).replaceAll(
      '"__PROTO__"',
      '"__proto__"',
    ),
  );
}

/** Replaces about one value in seven. */
function mutateValue(value: unknown, kind: Mutation['kind'], at: number, salt: number): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, one], index) => {
    const isChosen = (at + index * 31 + salt) % 7 === 0;
    return [key, isChosen ? toOdd(one, kind, salt) : mutateValue(one, kind, at + index + 1, salt)] as const;
  });
  return Array.isArray(value) ? entries.map(([, one]) => one) : Object.fromEntries(entries);
}

function toOdd(value: unknown, kind: Mutation['kind'], salt: number): unknown {
  if (kind === 'huge numbers') return [1e308, Number.MAX_SAFE_INTEGER + 2, -1, 0.5][salt % 4];
  if (kind === 'prototype keys')
    return { __PROTO__: { polluted: true }, constructor: { prototype: { polluted: true } }, value };
  if (kind === 'deep nesting') return JSON.parse('['.repeat(400) + ']'.repeat(400)) as unknown;
  return [null, [], {}, 'text', 7, true, [value], { value }, '\u0000\ud800'][salt % 9];
}

/** Bitbucket's headers depend on the body, which need not be JSON any more. */
function toHeaders(
  fixture: Fixture,
  body: Buffer,
  sign: (fixture: Fixture, body: Buffer) => Record<string, string>,
): Record<string, string> {
  const original = readFileSync(join(FIXTURES, fixture.file));
  if (kindOf(fixture.forge) !== 'bitbucket') return sign(fixture, body);
  const { 'X-Hub-Signature': _old, ...rest } = sign(fixture, original);
  const [name, value] = Object.entries(
    getDriver('github').toSignedHeaders({
      event: 'push',
      body,
      secret: SECRET,
      deliveryId: createId(),
      nowMs: Date.now(),
    }),
  ).find(([header]) => /256/.test(header)) ?? ['', ''];
  assert.ok(name !== '');
  return { ...rest, 'X-Hub-Signature': value };
}
