import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { EventDraft } from '../../core/event.ts';
import type { ForgeDriver } from '../contract.ts';
import { forgejo } from '../forgejo/index.ts';
import { gogs } from '../gogs/index.ts';
import { objectAt, textAt, valueAt } from '../read.ts';
import { parseDelivery, verifyDelivery } from '../verify.ts';
import { gitea } from './index.ts';

/** Real payloads of other projects, beside the repository where somebody put them; never part of it. */
const FIXTURES = path.join(import.meta.dirname, '../../../../shared/fixtures');
const SECRET = 'a-secret-of-this-test';
const DRIVERS: Record<string, ForgeDriver> = { gitea, forgejo, gogs };

interface Entry {
  readonly forge: string;
  readonly event: string;
  readonly event_type?: string;
  readonly file: string;
  readonly golden?: string;
}

interface Vector {
  readonly forge: string;
  readonly file: string;
  readonly header: string;
  readonly value: string;
  readonly secret: string;
}

/** The golden files' words for an action, in ours. */
const GOLDEN_ACTIONS: Record<string, string> = { updated: 'edited', submitted: 'approved' };

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(FIXTURES, file), 'utf8'));
}

function listEntries(): Entry[] {
  return (readJson('index.json') as Entry[]).filter((entry) => Object.hasOwn(DRIVERS, entry.forge));
}

function receive(entry: Entry) {
  const driver = DRIVERS[entry.forge] ?? gitea;
  const body = readFileSync(path.join(FIXTURES, entry.file));
  const { event, event_type: eventType, file } = entry;
  const headers = driver.toSignedHeaders({ event, eventType, body, secret: SECRET, deliveryId: file, nowMs: 0 });
  const trust = { secrets: [SECRET], unsigned: false, insecure: false };
  const delivery = parseDelivery(verifyDelivery(driver, { headers, body }, trust, { secure: true }, 0));
  return { payload: delivery.payload, identity: driver.identify(delivery), normalised: driver.normalise(delivery) };
}

const skip = existsSync(path.join(FIXTURES, 'index.json')) ? false : 'shared/fixtures is not beside the repository';

describe('the Gitea family on real payloads', { skip }, () => {
  it('gives each delivery a named type, or a snapshot that tells what was touched', (context) => {
    const table = new Map<string, Map<string, number>>();
    for (const entry of listEntries()) {
      const { identity, normalised } = receive(entry);
      assert.equal(identity?.event, entry.event);
      assert.equal(identity.deliveryId, entry.file);
      const { drafts, snapshot } = normalised;
      for (const draft of drafts) EventDraft.strict().parse(draft);
      const names: string[] = drafts.map((draft) => draft.type);
      if (snapshot?.touched !== undefined) names.push(`(${snapshot.subject} ${snapshot.touched})`);
      assert.ok(names.length > 0, `${entry.file} means nothing`);
      assert.ok(!names.includes('unknown'), `${entry.file}: ${drafts[0]?.reason}`);
      const row = `${entry.forge} ${entry.event}`;
      const counts = table.get(row) ?? new Map<string, number>();
      table.set(row, counts);
      for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    for (const [row, counts] of table) {
      context.diagnostic(`${row}: ${[...counts].map(([name, count]) => `${name} ${count}`).join(', ')}`);
    }
  });

  it('names the repository, and the actor where the payload does', () => {
    for (const entry of listEntries()) {
      const { payload, normalised } = receive(entry);
      const [event = normalised.snapshot?.base] = normalised.drafts;
      const named = textAt(
        payload,
        entry.event === 'fork' && entry.forge !== 'gogs' ? 'forkee' : 'repository',
        'full_name',
      );
      assert.equal(event?.repo?.fullName, named, entry.file);
      const login = textAt(payload, 'sender', 'login') ?? textAt(payload, 'pusher', 'login');
      if (login !== undefined) assert.equal(event?.actor?.login, login, entry.file);
    }
  });

  it('agrees with the golden files on repository, sender, ref, number and action', () => {
    const entries = listEntries().filter((entry) => entry.golden !== undefined);
    assert.ok(entries.length > 0);
    for (const entry of entries) {
      const golden = readJson(entry.golden ?? '');
      const [draft] = receive(entry).normalised.drafts;
      assert.ok(draft, entry.file);
      const agree = (told: unknown, ours: unknown) => {
        if (told !== undefined && told !== '') assert.equal(ours, told, entry.file);
      };
      agree(valueAt(golden, 'Repo', 'Namespace'), draft.repo?.owner);
      agree(valueAt(golden, 'Repo', 'Name'), draft.repo?.name);
      agree(valueAt(golden, 'Repo', 'ID'), draft.repo?.id);
      agree(textAt(golden, 'Sender', 'Login') ?? textAt(golden, 'Review', 'Author', 'Login'), draft.actor?.login);
      agree(textAt(golden, 'Ref', 'Name')?.replace(/^refs\/(heads|tags)\//, ''), draft.branch ?? draft.tag);
      agree(valueAt(golden, 'PullRequest', 'Number') ?? valueAt(golden, 'Issue', 'Number'), draft.number);
      agree(valueAt(golden, 'PullRequest', 'Sha'), draft.head?.sha);
      agree(valueAt(golden, 'PullRequest', 'Merged'), objectAt(golden, 'PullRequest') && draft.merged === true);
      agree(valueAt(golden, 'Comment', 'Body'), draft.body);
      const action = textAt(golden, 'Action');
      const verb = draft.type.split('.')[1];
      if (action !== undefined) agree(GOLDEN_ACTIONS[action] ?? action, verb === 'merged' ? 'closed' : verb);
    }
  });

  it('verifies all signatures that other projects recorded', () => {
    const vectors = (readJson('signatures.json') as Vector[]).filter(({ forge }) => Object.hasOwn(DRIVERS, forge));
    assert.ok(vectors.length >= 19);
    for (const { forge, file, header, value, secret } of vectors) {
      const driver = DRIVERS[forge] ?? gitea;
      const body = readFileSync(path.join(FIXTURES, file));
      const request = { headers: { [header.toLowerCase()]: value }, body };
      assert.equal(driver.verify(request, body, [secret], 0), undefined, file);
      assert.equal(driver.verify(request, body, [`${secret}x`], 0), 'signature_invalid', file);
    }
  });
});
