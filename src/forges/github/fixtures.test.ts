import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { EventDraft } from '../../core/event.ts';
import { objectAt, textAt, valueAt } from '../read.ts';
import { parseDelivery, verifyDelivery } from '../verify.ts';
import { github } from './index.ts';

/** Real payloads of other projects, beside the repository where somebody put them; never part of it. */
const FIXTURES = path.join(import.meta.dirname, '../../../../shared/fixtures');
const SECRET = 'a-secret-of-this-test';

interface Entry {
  readonly forge: string;
  readonly event: string;
  readonly action: string | null;
  readonly file: string;
  readonly golden?: string;
}

/** Events that Fettle has no type for. */
const UNTYPED_EVENTS = new Set([
  'branch_protection_rule',
  'code_scanning_alert',
  'comment',
  'dependabot_alert',
  'deploy_key',
  'deployment_review',
  'discussion',
  'discussion_comment',
  'github_app_authorization',
  'installation',
  'installation_repositories',
  'integration_installation_repositories',
  'label',
  'marketplace_purchase',
  'member',
  'membership',
  'merge_group',
  'milestone',
  'org_block',
  'organization',
  'page_build',
  'project',
  'project_card',
  'project_column',
  'projects_v2_item',
  'repository_dispatch',
  'repository_import',
  'repository_vulnerability_alert',
  'secret_scanning_alert',
  'security_advisory',
  'sponsorship',
  'team',
  'team_add',
  'workflow_dispatch',
]);
/** An action that GitHub does not send; its source made it up. */
const INVENTED_ACTION = 'My workflow_job';

/** The golden files' words for an action where they differ from GitHub's. */
const GOLDEN_ACTIONS: Record<string, string> = {
  updated: 'edited',
  synchronized: 'synchronize',
  review_ready: 'ready_for_review',
};

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(path.join(FIXTURES, file), 'utf8'));
}

function listEntries(): Entry[] {
  return (readJson('index.json') as Entry[]).filter((entry) => entry.forge === 'github');
}

function receive(entry: Entry) {
  const body = readFileSync(path.join(FIXTURES, entry.file));
  const { event, file } = entry;
  const signed = github.toSignedHeaders({ event, body, secret: SECRET, deliveryId: file, nowMs: 0 });
  const headers = Object.fromEntries(Object.entries(signed).map(([name, value]) => [name.toLowerCase(), value]));
  const trust = { secrets: [SECRET], unsigned: false, insecure: false };
  const delivery = parseDelivery(verifyDelivery(github, { headers, body }, trust, { secure: true }, 0));
  return { delivery, identity: github.identify(delivery), drafts: github.normalise(delivery).drafts };
}

const skip = existsSync(path.join(FIXTURES, 'index.json')) ? false : 'shared/fixtures is not beside the repository';

describe('github on real payloads', { skip }, () => {
  it('names every event that has a type and says why for the others', (context) => {
    const counts = new Map<string, { named: number; unknown: number }>();
    for (const entry of listEntries()) {
      const { identity, drafts } = receive(entry);
      assert.equal(identity?.event, entry.event);
      assert.ok(drafts.length > 0, entry.file);
      const count = counts.get(entry.event) ?? { named: 0, unknown: 0 };
      counts.set(entry.event, count);
      for (const draft of drafts) {
        EventDraft.strict().parse(draft);
        const untyped = UNTYPED_EVENTS.has(entry.event) || entry.action === INVENTED_ACTION;
        assert.equal(draft.type === 'unknown', untyped, `${entry.file} is ${draft.type}: ${draft.reason}`);
        if (untyped) assert.ok(draft.reason);
        count[draft.type === 'unknown' ? 'unknown' : 'named'] += 1;
      }
    }
    for (const [event, { named, unknown }] of [...counts].toSorted(([a], [b]) => a.localeCompare(b))) {
      context.diagnostic(`github ${event}: ${named} named, ${unknown} unknown`);
    }
  });

  it('names repository and actor wherever the payload does', () => {
    for (const entry of listEntries()) {
      const { delivery, drafts } = receive(entry);
      for (const { repo, actor } of drafts) {
        const { payload } = delivery;
        const fullName = textAt(payload, 'repository', 'full_name');
        if (fullName !== undefined) assert.equal(repo?.fullName, fullName, entry.file);
        assert.equal(repo === undefined, objectAt(payload, 'repository') === undefined, entry.file);
        const login = textAt(payload, 'sender', 'login');
        if (login !== undefined) assert.equal(actor?.login, login, entry.file);
      }
    }
  });

  it('agrees with the golden files on repository, sender, ref, number and action', () => {
    const entries = listEntries().filter((entry) => entry.golden !== undefined);
    assert.ok(entries.length > 0);
    for (const entry of entries) {
      const golden = readJson(entry.golden ?? '');
      const { delivery, identity, drafts } = receive(entry);
      const [draft] = drafts;
      assert.ok(draft, entry.file);
      const agree = (told: unknown, ours: unknown) => {
        if (told !== undefined && told !== '') assert.equal(ours, told, entry.file);
      };
      agree(valueAt(golden, 'Repo', 'Namespace'), draft.repo?.owner);
      agree(valueAt(golden, 'Repo', 'Name'), draft.repo?.name);
      const sender = textAt(golden, 'Sender', 'Login');
      // One golden file was made from another payload than it lies beside: its sender occurs nowhere in there.
      if (sender !== undefined && delivery.payloadBytes.includes(sender)) agree(sender, draft.actor?.login);
      agree(valueAt(golden, 'Ref', 'Name'), draft.branch ?? draft.tag);
      agree(valueAt(golden, 'PullRequest', 'Number') ?? valueAt(golden, 'Issue', 'Number'), draft.number);
      agree(valueAt(golden, 'PullRequest', 'Sha'), objectAt(golden, 'PullRequest') && draft.head?.sha);
      const action = textAt(golden, 'Action') ?? '';
      const ours = draft.ref === undefined ? identity?.action : draft.type.split('.')[1];
      agree(GOLDEN_ACTIONS[action] ?? action, ours);
    }
  });
});
