import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { type HubUnderTest, startTestHub } from '../../../test/running-hub.ts';
import { createId } from '../../core/id.ts';
import type { ForgeKind } from '../../core/vocabulary.ts';
import { getDriver } from '../../forges/registry.ts';
import { findSample, toFreshSample } from '../../forges/samples.ts';

const SECRET = 'a-secret-of-this-test';
const CONFIG = JSON.stringify({
  forges: {
    home: { kind: 'gitea', secret: [SECRET, 'the-one-before'] },
    hub: { kind: 'github', secret: SECRET },
    'lab-one': { kind: 'gitlab', secret: SECRET },
    vault: { kind: 'onedev', secret: SECRET },
    dc: { kind: 'bitbucket', url: 'https://bitbucket.example.org', secret: SECRET },
  },
  http: { bodyTimeout: '1s' },
  ingest: { unverifiedPerMinute: 1000 },
});

interface Signed {
  readonly body: Buffer;
  readonly headers: Record<string, string>;
}

function sign(kind: ForgeKind, name: string, { secret = SECRET, deliveryId = createId() } = {}): Signed {
  const sample = findSample(kind, name);
  assert.ok(sample !== undefined, `there is a sample ${name} of ${kind}`);
  const body = toFreshSample(sample, Date.now());
  const { event, eventType } = sample;
  return {
    body,
    headers: toLowerCase(
      getDriver(kind).toSignedHeaders({ event, eventType, body, secret, deliveryId, nowMs: Date.now() }),
    ),
  };
}

function signBody(body: Buffer): Signed {
  return {
    body,
    headers: toLowerCase(
      getDriver('gitea').toSignedHeaders({
        event: 'push',
        body,
        secret: SECRET,
        deliveryId: createId(),
        nowMs: Date.now(),
      }),
    ),
  };
}

/** Names of headers know no case; this makes them easy to replace. */
function toLowerCase(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

describe('POST /webhook/<forge>', () => {
  let hub: HubUnderTest;
  before(async () => {
    hub = await startTestHub({ config: CONFIG });
  });
  after(() => hub.stop());

  const post = async (path: string, { body, headers }: Signed) => {
    const answer = await hub.post(path, body, headers);
    return { ...answer, json: JSON.parse(answer.text) as { id: string; status: string; code: string; detail: string } };
  };

  it('answers 200 with an id, and says when it has seen a delivery before', async () => {
    const signed = sign('gitea', 'push');
    const first = await post('/webhook/home', signed);
    assert.equal(first.status, 200);
    assert.equal(first.json.status, 'accepted');
    assert.match(first.json.id, /^[0-9a-f-]{36}$/);
    assert.equal((await post('/webhook/home', signed)).json.status, 'duplicate');
  });

  it('accepts every active secret, and no other', async () => {
    assert.equal((await post('/webhook/home', sign('gitea', 'push', { secret: 'the-one-before' }))).status, 200);
    const wrong = await post('/webhook/home', sign('gitea', 'push', { secret: 'guess' }));
    assert.equal(wrong.status, 401);
    assert.equal(wrong.json.code, 'signature_invalid');
    assert.equal(wrong.headers.get('content-type'), 'application/problem+json; charset=utf-8');
  });

  it('refuses spoilt signatures', async () => {
    const { body, headers } = sign('gitea', 'push');
    const good = headers['x-gitea-signature'] ?? '';
    assert.equal(good.length, 64);
    const without = Object.fromEntries(Object.entries(headers).filter(([name]) => !/signature/i.test(name)));
    const spoilt = [
      '',
      good.slice(1),
      good + good,
      good.toUpperCase(),
      `sha256=${good}`,
      `${good.slice(1)}g`,
      `${good}, ${good}`,
    ];
    for (const value of spoilt) {
      const answer = await post('/webhook/home', { body, headers: { ...without, 'x-gitea-signature': value } });
      assert.equal(answer.status, 401, value);
    }
    assert.equal((await post('/webhook/home', { body, headers: without })).json.code, 'signature_missing');
    const disagreeing = { ...without, 'x-gitea-signature': good, 'x-hub-signature-256': `sha256=${'0'.repeat(64)}` };
    assert.equal((await post('/webhook/home', { body, headers: disagreeing })).status, 401);
  });

  it('refuses what is signed but no delivery of that forge', async () => {
    for (const text of ['', '{', '[]', 'null', '"text"', '7', '[{"a":1}]', '{"a":1}'.slice(0, -1)]) {
      const answer = await post('/webhook/home', signBody(Buffer.from(text)));
      assert.equal(answer.status, 422, text);
      assert.equal(answer.json.code, 'not_json');
    }
    assert.equal((await post('/webhook/home', signBody(Buffer.from([0x7b, 0xff, 0xfe, 0x7d])))).json.code, 'not_json');
    const { body } = signBody(Buffer.from('{}'));
    const asGitHub = getDriver('github').toSignedHeaders({
      event: 'push',
      body,
      secret: SECRET,
      deliveryId: createId(),
      nowMs: Date.now(),
    });
    const foreign = Object.fromEntries(
      Object.entries(asGitHub).filter(([name]) => !/^x-(github|gitea|gogs)/i.test(name)),
    );
    assert.equal((await post('/webhook/hub', { body, headers: foreign })).json.code, 'not_a_delivery');
  });

  it('survives odd JSON: deep nesting, prototype keys, huge numbers, nothing at all', async () => {
    const deep = `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
    const odd = [
      deep,
      '{"__proto__":{"polluted":true},"repository":[]}',
      '{"number":1e308,"issue":[1]}',
      '{}',
      '{"repository":{"full_name":{}}}',
    ];
    for (const text of odd) {
      const answer = await post('/webhook/home', signBody(Buffer.from(text)));
      assert.match(String(answer.status), /^(200|422)$/, text.slice(0, 60));
    }
    assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    await hub.drained();
  });

  it('refuses a body over the cap without keeping it, announced or not', async () => {
    const announced = await post('/webhook/home', signBody(Buffer.alloc(26 * 2 ** 20, 0x20)));
    assert.equal(announced.status, 413);
    assert.equal(announced.json.code, 'body_too_large');
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(2 ** 20)),
    });
    const answer = await fetch(`${hub.url}/webhook/home`, {
      method: 'POST',
      body: endless,
      duplex: 'half',
    }).catch((error: unknown) => error);
    assert.equal(answer instanceof Response ? answer.status : 413, 413);
    assert.equal((await post('/webhook/home', sign('gitea', 'push'))).status, 200);
  });

  it('gives up on a body that does not arrive', async () => {
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
    socket.on('error', () => socket.destroy());
    socket.write('POST /webhook/home HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{');
    socket.resume();
    await once(socket, 'close');
    assert.equal((await post('/webhook/home', sign('gitea', 'push'))).status, 200);
  });

  it('knows the forge by its name only, and the older addresses by kind', async () => {
    const unknown = await post('/webhook/nowhere', sign('gitea', 'push'));
    assert.equal(unknown.status, 404);
    assert.equal(unknown.json.code, 'unknown_forge');
    assert.match(unknown.json.detail, /home/);
    assert.equal((await post('/webhook/gitea', sign('gitea', 'push'))).status, 200);
    for (const path of ['/webhook/github', '/webhooks/github', '/webhook_server']) {
      assert.equal((await post(path, sign('github', 'push'))).status, 200, path);
    }
    assert.equal((await fetch(`${hub.url}/webhook/home`)).status, 405);
  });

  it('takes form bodies where the forge sends them', async () => {
    const { body, headers } = sign('gitea', 'push');
    const form = new URLSearchParams({ payload: body.toString('utf8') }).toString();
    const answer = await post('/webhook/home', {
      body: Buffer.from(form),
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(answer.status, 200);
  });

  it('takes a signed body whatever its content type says, or none', async () => {
    for (const type of ['application/json, application/json', 'nonsense', 'text/plain; charset=']) {
      const { body, headers } = sign('gitea', 'push');
      assert.equal(
        (await post('/webhook/home', { body, headers: { ...headers, 'content-type': type } })).status,
        200,
        type,
      );
    }
  });

  it('answers an unsigned connection test of Data Center and stores nothing', async () => {
    const receivedBefore = (await hub.books()).total.received;
    const answer = await post('/webhook/dc', {
      body: Buffer.from('{"test":true}'),
      headers: { 'X-Event-Key': 'diagnostics:ping' },
    });
    assert.equal(answer.status, 200);
    assert.equal((await hub.books()).total.received, receivedBefore);
  });

  it('takes a bare secret from this machine, and a signed time that is nearly ours', async () => {
    assert.equal((await post('/webhook/vault', sign('onedev', 'RefUpdated'))).status, 200);
    assert.equal((await post('/webhook/lab-one', sign('gitlab', 'Push Hook'))).status, 200);
  });

  it('keeps only headers that the driver names', async () => {
    const { body, headers } = sign('gitea', 'push');
    const { json } = await post('/webhook/home', {
      body,
      headers: { ...headers, Authorization: 'Bearer leak', 'X-Encoded-Secret': 'leak' },
    });
    await hub.drained();
    const stored = await hub.hub
      .database()
      .selectFrom('deliveries')
      .select('headers')
      .where('id', '=', json.id)
      .executeTakeFirstOrThrow();
    assert.doesNotMatch(JSON.stringify(stored.headers), /leak|signature/i);
  });
});

describe('limits on what is not verified', () => {
  it('count wrong signatures by address, and never hold back a valid delivery', async () => {
    const hub = await startTestHub({
      config: JSON.stringify({
        forges: { home: { kind: 'gitea', secret: SECRET } },
        ingest: { unverifiedPerMinute: 3 },
      }),
    });
    try {
      const wrong = sign('gitea', 'push', { secret: 'guess' });
      const statuses: number[] = [];
      for (let attempt = 0; attempt < 5; attempt += 1)
        statuses.push((await hub.post('/webhook/home', wrong.body, wrong.headers)).status);
      assert.deepEqual(statuses, [401, 401, 401, 429, 429]);
      const limited = await hub.post('/webhook/home', wrong.body, wrong.headers);
      assert.ok(Number(limited.headers.get('retry-after')) > 0);
      const right = sign('gitea', 'push');
      assert.equal((await hub.post('/webhook/home', right.body, right.headers)).status, 200);
      const metrics = await (
        await fetch(`${hub.url}/metrics`, { headers: { authorization: `Bearer ${hub.token}` } })
      ).text();
      assert.match(metrics, /fettle_deliveries_rejected_total\{forge="home",code="signature_invalid"\} 6/);
    } finally {
      await hub.stop();
    }
  });

  it('with ack: database the answer waits for the commit', async () => {
    const hub = await startTestHub({
      config: JSON.stringify({ forges: { home: { kind: 'gitea', secret: SECRET } }, ingest: { ack: 'database' } }),
    });
    try {
      const { body, headers } = sign('gitea', 'push');
      const { id } = JSON.parse((await hub.post('/webhook/home', body, headers)).text) as { id: string };
      const row = await hub.hub
        .database()
        .selectFrom('deliveries')
        .select('state')
        .where('id', '=', id)
        .executeTakeFirst();
      assert.equal(row?.state, 'accepted');
    } finally {
      await hub.stop();
    }
  });
});
