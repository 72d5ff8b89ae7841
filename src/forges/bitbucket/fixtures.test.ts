import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import type { EventDraft } from '../../core/event.ts';
import type { ParsedDelivery } from '../contract.ts';
import { integerAt, type JsonObject, objectAt, textAt } from '../read.ts';
import { parseDelivery, verifyDelivery } from '../verify.ts';
import { bitbucket } from './index.ts';

/** Real deliveries kept beside the repository: read in place, never part of it. */
const FOLDER = path.resolve(import.meta.dirname, '../../../../shared/fixtures');
const MISSING = existsSync(FOLDER) ? false : `the folder ${FOLDER} is absent`;
const SECRET = 'a-secret-of-this-test';

interface Fixture {
  readonly forge: string;
  readonly event: string;
  readonly file: string;
  readonly golden?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Upstream's word for an event and the types of ours that agree with it. */
const ACTIONS: Readonly<Record<string, RegExp>> = {
  created: /\.created$/,
  updated: /\.edited$|^status\.updated$/,
  edited: /\.edited$|^review\./,
  deleted: /\.deleted$/,
  submitted: /^review\./,
  dismissed: /^review\.withdrawn$/,
  opened: /\.opened$/,
  closed: /\.(closed|deleted)$/,
  merged: /\.merged$/,
  synchronized: /\.(synchronized|retargeted|edited)$/,
};

describe('bitbucket fixtures', { skip: MISSING }, () => {
  const fixtures = MISSING === false ? listFixtures() : [];

  it('all verify, are identified as their event, and mean something, none of them by throwing', (test) => {
    assert.equal(fixtures.length, 89);
    const table = new Map<string, { named: number; unknown: number }>();
    for (const fixture of fixtures) {
      const delivery = receive(fixture);
      assert.equal(bitbucket.identify(delivery)?.event, fixture.event, fixture.file);
      const { drafts } = bitbucket.normalise(delivery);
      assert.ok(drafts.length > 0, fixture.file);
      const row = table.get(`${fixture.forge} ${fixture.event}`) ?? { named: 0, unknown: 0 };
      if (drafts.some((draft) => draft.type === 'unknown')) row.unknown += 1;
      else row.named += 1;
      table.set(`${fixture.forge} ${fixture.event}`, row);
      for (const draft of drafts) {
        assert.ok(draft.repo, `${fixture.file} names its repository`);
        assert.ok(draft.actor, `${fixture.file} names its actor`);
      }
    }
    for (const [name, { named, unknown }] of table) test.diagnostic(`${name}: ${named} named, ${unknown} unknown`);
    // The two that list no ref at all.
    assert.equal(
      [...table.values()].reduce((sum, row) => sum + row.unknown, 0),
      2,
    );
  });

  it('agree with the reading of another project, where it has one', () => {
    const read = fixtures.filter((fixture) => fixture.golden !== undefined);
    assert.ok(read.length > 25);
    for (const fixture of read) compareWithGolden(fixture);
  });

  it('carry signatures made by others, which all verify', () => {
    const vectors = readJson('signatures.json') as { forge: string; file: string; value: string; secret: string }[];
    const ours = vectors.filter(({ forge }) => forge.startsWith('bitbucket'));
    assert.equal(ours.length, 11);
    for (const { file, value, secret } of ours) {
      const request = { headers: { 'x-hub-signature': value }, body: readFileSync(path.join(FOLDER, file)) };
      assert.equal(bitbucket.verify(request, request.body, ['other', secret], 0), undefined, file);
      assert.equal(bitbucket.verify(request, request.body, ['other'], 0), 'signature_invalid', file);
    }
  });
});

function compareWithGolden(fixture: Fixture): void {
  const { file } = fixture;
  const golden = objectAt(readJson(`${file}.golden`)) ?? {};
  const { drafts } = bitbucket.normalise(receive(fixture));
  const draft = drafts[0];
  assert.ok(draft, file);

  const repo = objectAt(golden, 'Repo');
  const owner = textAt(repo, 'Namespace');
  const name = textAt(repo, 'Name');
  if (owner !== undefined && name !== undefined) assert.equal(draft.repo?.fullName, `${owner}/${name}`, file);

  // Where only a display name was sent, theirs has no login.
  const login = textAt(golden, 'Sender', 'Login') ?? textAt(golden, 'Sender', 'Name');
  if (login !== undefined) assert.equal(draft.actor?.login, login, file);

  const number = integerAt(golden, 'PullRequest', 'Number') ?? integerAt(golden, 'Issue', 'Number');
  if (number !== undefined) assert.equal(draft.number, number, file);
  compareRefs(draft, golden, file);

  const action = textAt(golden, 'Action');
  const wanted = ACTIONS[action ?? ''];
  if (action === undefined) return;
  assert.ok(wanted, `${file}: no rule for ${action}`);
  assert.ok(
    drafts.some(({ type }) => wanted.test(type)),
    `${file}: ${action} is not ${drafts.map(({ type }) => type).join(', ')}`,
  );
}

function compareRefs(draft: EventDraft, golden: JsonObject, file: string): void {
  const ref = textAt(golden, 'Ref');
  if (ref !== undefined) assert.equal(draft.ref, ref, file);
  const short = textAt(golden, 'Ref', 'Name');
  if (short !== undefined) assert.equal(draft.branch ?? draft.tag, short, file);
  const pull = objectAt(golden, 'PullRequest');
  for (const [theirs, ours] of [
    [textAt(pull, 'Source'), draft.head?.ref],
    [textAt(pull, 'Target'), draft.base?.ref],
    [textAt(pull, 'Sha'), draft.head?.sha],
    [textAt(pull, 'Title'), draft.title],
    [textAt(golden, 'Before'), draft.before],
    [textAt(golden, 'After'), draft.after],
  ]) {
    if (theirs !== undefined) assert.equal(ours, theirs, file);
  }
}

/** The fixture as a delivery signed with our secret, under the headers it came with where they are known. */
function receive({ forge, event, file, headers }: Fixture): ParsedDelivery {
  const body = readFileSync(path.join(FOLDER, file));
  const id = forge === 'bitbucket-cloud' ? 'x-request-uuid' : 'x-request-id';
  const recorded = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]);
  const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;
  const sent = {
    [id]: file,
    ...Object.fromEntries(recorded),
    'x-event-key': event,
    'x-hub-signature': signature,
  };
  const trust = { secrets: [SECRET], unsigned: false, insecure: false };
  return parseDelivery(verifyDelivery(bitbucket, { headers: sent, body }, trust, { secure: false }, 0));
}

function listFixtures(): Fixture[] {
  const all = readJson('index.json') as Fixture[];
  return all.filter(({ forge }) => forge.startsWith('bitbucket'));
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(FOLDER, file), 'utf8'));
}
