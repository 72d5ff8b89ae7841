import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { EventDraft } from '../../core/event.ts';
import type { Normalised } from '../contract.ts';
import { objectAt, textAt, valueAt } from '../read.ts';
import { parseDelivery, verifyDelivery } from '../verify.ts';
import { gitlab } from './index.ts';

/**
 * Deliveries that others collected, beside the repository and not part of it. Each is signed both ways, and must be verified, identified and
 * normalised; where its source left its own reading beside it (`.golden`), both must agree.
 */
const ROOT = path.join(import.meta.dirname, '../../../../shared/fixtures');
const NOW_MS = Date.parse('2026-03-14T12:00:00.000Z');
const SECRETS = ['plain-token', `whsec_${Buffer.alloc(32, 'k').toString('base64')}`];
const StrictDraft = EventDraft.strict();
/** Header values whose deliveries may have no type of ours. */
const UNTYPED = /^(Feature Flag|Member|Resource Access Token|Subgroup|System) Hook$/;
/** Bodies that their source damaged on purpose. */
const DAMAGED = /WithoutAction\.json$/;

interface Fixture {
  readonly forge: string;
  readonly event: string;
  readonly file: string;
  readonly golden?: string;
}

function listFixtures(): Fixture[] {
  const all = JSON.parse(readFileSync(path.join(ROOT, 'index.json'), 'utf8')) as Fixture[];
  return all.filter((fixture) => fixture.forge === 'gitlab');
}

function normalise(fixture: Fixture, secret: string): Normalised {
  const body = readFileSync(path.join(ROOT, fixture.file));
  const headers = gitlab.toSignedHeaders({ event: fixture.event, body, secret, deliveryId: 'd-1', nowMs: NOW_MS });
  const trust = { secrets: [secret], unsigned: false, insecure: false };
  const delivery = parseDelivery(verifyDelivery(gitlab, { headers, body }, trust, { secure: true }, NOW_MS));
  assert.equal(gitlab.identify(delivery)?.event, fixture.event, fixture.file);
  return gitlab.normalise(delivery);
}

const skip = existsSync(path.join(ROOT, 'index.json')) ? false : 'The collected deliveries are not on this machine.';

describe('gitlab collected deliveries', { skip }, () => {
  it('verifies, identifies and normalises every collected GitLab delivery, signed or with a token', () => {
    const fixtures = listFixtures();
    assert.ok(fixtures.length > 100);
    for (const fixture of fixtures) {
      const [byToken, bySignature] = SECRETS.map((secret) => normalise(fixture, secret));
      assert.deepEqual(byToken, bySignature);
      assert.ok(byToken && byToken.drafts.length > 0, fixture.file);
      for (const draft of byToken.drafts) {
        StrictDraft.parse(draft);
        if (draft.type === 'unknown')
          assert.ok(UNTYPED.test(fixture.event) || DAMAGED.test(fixture.file), fixture.file);
      }
    }
  });

  it('agrees with what other readers made of the same GitLab deliveries', () => {
    const companions = listFixtures().filter((fixture) => existsSync(path.join(ROOT, `${fixture.file}.golden`)));
    assert.ok(companions.length > 10);
    for (const fixture of companions) {
      const golden: unknown = JSON.parse(readFileSync(path.join(ROOT, `${fixture.file}.golden`), 'utf8'));
      checkAgainstGolden(fixture.file, normalise(fixture, 'plain-token').drafts, golden);
    }
  });
});

function checkAgainstGolden(file: string, drafts: readonly EventDraft[], golden: unknown): void {
  const draft = drafts.at(-1);
  assert.ok(draft, file);
  const repo = objectAt(golden, 'Repo') ?? objectAt(golden, 'repo');
  assert.equal(draft.repo?.name, textAt(repo, 'Name') ?? textAt(repo, 'name'), `${file}: repository`);
  // In pipelines the companions take the display name of the namespace for its path.
  if (objectAt(golden, 'Repo')) assert.equal(draft.repo?.owner, textAt(repo, 'Namespace'), `${file}: owner`);
  const sender = textAt(golden, 'Sender', 'Login') ?? textAt(golden, 'sender', 'login');
  assert.equal(draft.actor?.login, sender, `${file}: sender`);
  const ref = valueAt(golden, 'Ref');
  if (typeof ref === 'string') assert.equal(drafts[0]?.ref, ref, `${file}: ref`);
  if (typeof ref === 'object') assert.equal(draft.branch ?? draft.tag, textAt(ref, 'Name'), `${file}: ref`);
  const number = valueAt(golden, 'PullRequest', 'Number') ?? valueAt(golden, 'Issue', 'Number');
  // In pipelines the companions number a merge request by its global id.
  if (number !== undefined && draft.check === undefined) assert.equal(draft.number, number, `${file}: number`);
  const action = textAt(golden, 'Action');
  if (action !== undefined) assert.match(draft.type, toVerbs(action), `${file}: action`);
}

/** The verbs of ours that a companion's action may stand for. */
function toVerbs(action: string): RegExp {
  if (action === 'updated') return /\.(labeled|unlabeled|edited|synchronized)$/;
  return new RegExp(`\\.${action}$`);
}
