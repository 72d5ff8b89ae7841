import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FettleError } from '../core/errors.ts';
import { EventDraft } from '../core/event.ts';
import type { DeliveryRequest, ForgeDriver, Identity, Normalised, ParsedDelivery } from './contract.ts';
import { listSamples, readExpectation, type Sample, toExpectationPath, toSampleBody } from './samples.ts';
import { parseDelivery, verifyDelivery } from './verify.ts';

/**
 * What every driver owes. Run by each driver's own test file. Signature headers are found by signing one body with two secrets: those
 * whose values differ. With FETTLE_WRITE_EXPECTED=1 a missing expected file is written, to be read and corrected by its author.
 */
const NOW_MS = Date.parse('2026-03-14T09:26:53.000Z');
const SECRETS: Record<ForgeDriver['capabilities']['authentication'], readonly (readonly [string, string])[]> = {
  hmac: [['opensesame-3f9', 'another-secret-77']],
  secret: [['opensesame-3f9', 'another-secret-77']],
  'hmac-or-secret': [
    ['opensesame-3f9', 'another-secret-77'],
    [`whsec_${Buffer.alloc(32, 'a').toString('base64')}`, `whsec_${Buffer.alloc(32, 'b').toString('base64')}`],
  ],
};
const StrictDraft = EventDraft.strict();

type Headers = Record<string, string>;

/** Runs the whole suite on one driver. */
export function testForgeContract(driver: ForgeDriver): void {
  const samples = listSamples(driver.kind);
  const [first] = samples;

  describe(`forge contract: ${driver.kind}`, () => {
    it(`${driver.kind} has samples`, () => {
      assert.ok(first, `Add files to src/forges/${driver.kind}/samples.`);
    });
    for (const sample of samples) {
      it(`${driver.kind} sample ${sample.name} is verified and means what its expected file says`, () => {
        testSample(driver, sample);
      });
    }
    if (first === undefined) return;
    for (const [secret, other] of SECRETS[driver.capabilities.authentication]) {
      const scheme = secret.startsWith('whsec_') ? 'signing token' : 'secret';
      it(`${driver.kind} refuses every damaged ${scheme} signature`, () => {
        testDamagedSignatures(driver, first, secret, other);
      });
      it(`${driver.kind} accepts both ${scheme}s during a rotation`, () => {
        for (const active of [secret, other]) {
          const request = sign(driver, first, active);
          assert.equal(verdictOf(driver, request, [secret, other]), undefined);
          assert.equal(verdictOf(driver, request, [other, secret]), undefined);
        }
      });
      it(`${driver.kind} captures no header that carries a ${scheme} or signature`, () => {
        const secretive = new Set([...signatureHeaders(driver, first, secret, other), 'authorization', 'cookie']);
        for (const name of driver.capturedHeaders) {
          assert.equal(name, name.toLowerCase());
          assert.ok(!secretive.has(name) && !/signature|token$/.test(name), `${name} must not be stored`);
        }
      });
    }
    it(`${driver.kind} refuses a body that was changed after signing, if it signs bodies`, () => {
      if (driver.capabilities.authentication === 'secret') {
        assert.equal(driver.presentsBareSecret(sign(driver, first, 'opensesame-3f9')), true);
        return;
      }
      const [secret] = SECRETS[driver.capabilities.authentication].at(-1) ?? [''];
      const request = sign(driver, first, secret);
      assert.equal(driver.presentsBareSecret(request), false);
      const changed = { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) };
      assert.equal(verdictOf(driver, changed, [secret]), 'signature_invalid');
    });
    it(`${driver.kind} does not take a request without its headers or type for a delivery`, () => {
      const parsed = parse(driver, { headers: { 'content-type': 'application/json' }, body: Buffer.from('{}') });
      assert.equal(parsed && driver.identify(parsed), undefined);
    });
    if (driver.capabilities.formBodies) testFormBody(driver, first);
    testOddInput(driver, samples);
  });
}

function testSample(driver: ForgeDriver, sample: Sample): void {
  const [[secret] = ['']] = SECRETS[driver.capabilities.authentication];
  const request = sign(driver, sample, secret);
  const trust = { secrets: [secret], unsigned: false, insecure: false };
  const delivery = parseDelivery(verifyDelivery(driver, request, trust, { secure: true }, NOW_MS));
  const identity = driver.identify(delivery);
  assert.ok(identity, 'identify finds it');
  checkIdentity(driver, identity);
  const normalised = driver.normalise(delivery);
  checkNormalised(driver, normalised);

  const { event, action } = identity;
  const actual: unknown = JSON.parse(JSON.stringify({ identity: { event, action }, ...normalised }));
  if (process.env.FETTLE_WRITE_EXPECTED === '1' && !existsSync(toExpectationPath(sample))) {
    writeFileSync(toExpectationPath(sample), `${JSON.stringify(actual, undefined, 2)}\n`);
  }
  assert.deepEqual(actual, readExpectation(sample));
}

function testDamagedSignatures(driver: ForgeDriver, sample: Sample, secret: string, other: string): void {
  const request = sign(driver, sample, secret);
  const foreign = sign(driver, sample, other);
  const names = signatureHeaders(driver, sample, secret, other);
  assert.ok(names.length > 0, 'the signature depends on the secret');
  assert.equal(verdictOf(driver, foreign, [secret]), 'signature_invalid', 'wrong secret');

  const damages: Record<string, (value: string, foreignValue: string) => string> = {
    truncated: (value) => value.slice(0, -1),
    halved: (value) => value.slice(0, value.length / 2),
    doubled: (value) => value + value,
    listed: (value) => `${value}, ${value}`,
    'upper-case': (value) => value.toUpperCase(),
    'wrong prefix': (value) => `sha1=${value.replace(/^(sha256=|v1,)/, '')}`,
    'other prefix': (value) => (/^(sha256=|v1,)/.test(value) ? value.replace(/^(sha256=|v1,)/, '') : `sha256=${value}`),
    'not hex': (value) => `${value.slice(0, -2)}zz`,
    'full-width': (value) => `${value.slice(0, -1)}\uFF10`,
    spaced: (value) => ` ${value}`,
    foreign: (_value, foreignValue) => foreignValue,
  };
  for (const [damage, apply] of Object.entries(damages)) {
    // Standard Webhooks separates several signatures with spaces, so these two are no damage there.
    if (secret.startsWith('whsec_') && (damage === 'listed' || damage === 'spaced')) continue;
    const damaged = (only: readonly string[]) => {
      const headers = { ...request.headers } as Headers;
      for (const name of only) headers[name] = apply(headers[name] ?? '', String(foreign.headers[name]));
      return { ...request, headers };
    };
    assert.equal(verdictOf(driver, damaged(names), [secret]), 'signature_invalid', damage);
    for (const name of names) assert.equal(verdictOf(driver, damaged([name]), [secret]), 'signature_invalid', damage);
  }

  const emptied = { ...request.headers } as Headers;
  const removed = { ...request.headers } as Headers;
  for (const name of names) {
    emptied[name] = '';
    delete removed[name];
  }
  assert.equal(verdictOf(driver, { ...request, headers: emptied }, [secret]), 'signature_missing', 'empty');
  assert.equal(verdictOf(driver, { ...request, headers: removed }, [secret]), 'signature_missing', 'missing');
}

function testFormBody(driver: ForgeDriver, sample: Sample): void {
  it(`${driver.kind} reads a form body`, () => {
    const plain = sign(driver, sample, 'opensesame-3f9');
    const body = Buffer.from(new URLSearchParams({ payload: toSampleBody(sample).toString() }).toString());
    const headers = { ...plain.headers, 'content-type': 'application/x-www-form-urlencoded' };
    assert.deepEqual(driver.readPayload({ headers, body }), toSampleBody(sample));
    const viaForm = parse(driver, { headers, body });
    const viaJson = parse(driver, plain);
    assert.ok(viaForm && viaJson);
    assert.deepEqual(driver.normalise(viaForm), driver.normalise(viaJson));
    assert.equal(driver.readPayload({ headers, body: Buffer.from('other=1') }), undefined);
  });
}

function testOddInput(driver: ForgeDriver, samples: readonly Sample[]): void {
  const anySample = fc.constantFrom(...samples);
  const oddValue = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(null, [], {}, '', 0, -1, 1e308, 2 ** 60, 0.5, true, '\u0000\uD800', [[]], [null, 1, 'x']),
    fc.constantFrom<unknown>(JSON.parse('{"__proto__": {"login": "x"}, "constructor": 1, "toString": null}')),
  );

  it(`${driver.kind} never throws on any bytes and headers, and verifies none of them`, () => {
    const anyHeaders = fc.dictionary(
      fc.constantFrom(...Object.keys(signedHeaders(driver, samples)), 'content-type', 'x-hub-signature', 'signature'),
      fc.oneof(fc.string(), fc.constantFrom('application/x-www-form-urlencoded', 'sha256=', 'v1,', '%')),
    );
    fc.assert(
      fc.property(fc.uint8Array(), anyHeaders, (bytes, headers) => {
        const request = { headers, body: Buffer.from(bytes) };
        driver.presentsBareSecret(request);
        driver.isConnectionTest?.(request);
        assert.notEqual(verdictOf(driver, request, ['opensesame-3f9', 'whsec_not*base64']), undefined);
      }),
    );
  });

  it(`${driver.kind} never throws on any JSON object, and makes only valid events`, () => {
    fc.assert(
      fc.property(anySample, fc.dictionary(fc.string(), oddValue), (sample, payload) => {
        checkBody(driver, sample, JSON.stringify(payload));
      }),
    );
  });

  it(`${driver.kind} never throws on a sample with odd values in odd places, and makes only valid events`, () => {
    fc.assert(
      fc.property(anySample, fc.infiniteStream(fc.nat()), oddValue, (sample, choices, odd) => {
        checkBody(driver, sample, JSON.stringify(withOddValue(sample.payload, choices, odd)));
      }),
      { numRuns: 300 },
    );
  });

  it(`${driver.kind} never throws on a deeply nested body or one with a __proto__ key`, () => {
    const deep = `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
    for (const sample of samples) {
      checkBody(driver, sample, deep);
      checkBody(driver, sample, `{"__proto__": ${JSON.stringify(sample.payload)}, "constructor": {"prototype": 1}}`);
    }
  });
}

/** Parses, identifies and normalises a body under the headers of a sample, and checks the result. */
function checkBody(driver: ForgeDriver, sample: Sample, body: string): void {
  const headers = sign(driver, sample, 'opensesame-3f9').headers;
  const delivery = parse(driver, { headers, body: Buffer.from(body) });
  if (delivery === undefined) return;
  const identity = driver.identify(delivery);
  if (identity === undefined) return;
  checkIdentity(driver, identity);
  checkNormalised(driver, driver.normalise(delivery));
}

function checkIdentity(driver: ForgeDriver, identity: Identity): void {
  assert.ok(identity.event !== '' && identity.deliveryKey !== '', 'an identity has an event and a key');
  if (!driver.capabilities.deliveryIds) assert.equal(identity.deliveryId, undefined);
}

function checkNormalised(driver: ForgeDriver, normalised: Normalised): void {
  for (const draft of normalised.drafts) {
    StrictDraft.parse(draft);
    if (draft.type === 'unknown') assert.ok(draft.reason, 'an unknown event says why');
  }
  const { snapshot } = normalised;
  if (driver.capabilities.namesTheChange) assert.equal(snapshot, undefined);
  if (snapshot === undefined) return;
  assert.ok(snapshot.number > 0 && Number.isSafeInteger(snapshot.number));
  if (snapshot.at !== undefined) assert.equal(new Date(snapshot.at).toISOString(), snapshot.at);
  StrictDraft.parse({ ...snapshot.base, type: `${snapshot.subject}.labeled` });
}

/** A copy of a payload in which one place, found by the choices, holds another value. */
function withOddValue(value: unknown, choices: Iterable<number>, odd: unknown): unknown {
  const iterator = choices[Symbol.iterator]();
  const copy = structuredClone(value);
  let current = copy;
  for (;;) {
    if (typeof current !== 'object' || current === null) return copy;
    const keys = Object.keys(current);
    const key = keys[Number(iterator.next().value) % keys.length];
    if (key === undefined) return copy;
    const holder = current as Record<string, unknown>;
    const inner = holder[key];
    if (typeof inner === 'object' && inner !== null && Number(iterator.next().value) % 3 > 0) current = inner;
    else {
      holder[key] = odd;
      return copy;
    }
  }
}

function sign(driver: ForgeDriver, sample: Sample, secret: string): DeliveryRequest {
  const body = toSampleBody(sample);
  const { event, eventType } = sample;
  const deliveryId = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const signed = driver.toSignedHeaders({ event, eventType, body, secret, deliveryId, nowMs: NOW_MS });
  const headers: Headers = { 'content-type': 'application/json' };
  for (const [name, value] of Object.entries(signed)) headers[name.toLowerCase()] = value;
  return { headers, body };
}

function signatureHeaders(driver: ForgeDriver, sample: Sample, secret: string, other: string): string[] {
  const mine = sign(driver, sample, secret).headers;
  const theirs = sign(driver, sample, other).headers;
  return Object.keys(mine).filter((name) => mine[name] !== theirs[name]);
}

function signedHeaders(driver: ForgeDriver, samples: readonly Sample[]): object {
  return Object.assign({}, ...samples.map((sample) => sign(driver, sample, 'opensesame-3f9').headers)) as object;
}

function verdictOf(driver: ForgeDriver, request: DeliveryRequest, secrets: readonly string[]) {
  return driver.verify(request, driver.readPayload(request) ?? Buffer.alloc(0), secrets, NOW_MS);
}

/** The delivery within a request taken on trust; undefined when it holds no JSON object. */
function parse(driver: ForgeDriver, request: DeliveryRequest): ParsedDelivery | undefined {
  const trust = { secrets: [], unsigned: true, insecure: true };
  try {
    return parseDelivery(verifyDelivery(driver, request, trust, { secure: true }, NOW_MS));
  } catch (error) {
    if (error instanceof FettleError && error.code === 'not_json') return undefined;
    throw error;
  }
}
