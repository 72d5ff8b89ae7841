import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS } from '../actions/registry.ts';
import type { RuleConfig } from '../config/config.ts';
import { createLoopGuard } from '../ingest/drain/loop-guard.ts';
import { createRuleSet, type UnsequencedEvent } from '../rules/rule-set.ts';
import { QUIET_ANNOUNCEMENTS } from '../../test/announcements.ts';
import { createAnnouncements } from './announcements.ts';

const EVENT: UnsequencedEvent = {
  id: '01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e5f',
  v: 1,
  type: 'task.dead',
  forge: 'home',
  kind: 'gitea',
  origin: 'manual',
  occurredAt: '2026-11-21T08:00:00.000Z',
  receivedAt: '2026-11-21T08:00:00.000Z',
  repo: { fullName: 'dataforge/app', owner: 'dataforge', name: 'app' },
  subject: 'issue',
  number: 12,
  title: 'Dates are off by one',
  task: { id: '01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e60', state: 'dead', round: 1, attempt: 3 },
};

const RULE: RuleConfig = {
  name: 'dead tasks',
  enabled: true,
  priority: 0,
  on: ['task.dead'],
  schedule: null,
  timezone: null,
  forges: [],
  repos: [],
  branches: [],
  paths: [],
  actors: [],
  if: 'task.attempt == 3',
  permission: null,
  do: [
    { action: 'trigger.raise', input: { trigger: 'look' } },
    { action: 'comment.post', input: { body: 'A person is needed.' } },
  ],
  mode: 'parallel',
  retry: { forMs: null, attempts: null },
  timeoutMs: null,
  onUnknown: 'stop',
};

test('rules act on what becomes of tasks: they make runs and raise triggers, and are paused when they loop', () => {
  const ruleSet = createRuleSet({ rules: [RULE], recipes: [] }, ACTIONS);
  const { planRuns } = createAnnouncements({
    ...QUIET_ANNOUNCEMENTS,
    ruleSet: () => ruleSet,
    loopGuard: createLoopGuard(
      () => 1,
      () => undefined,
    ),
  });
  const { runs, raised, matched } = planRuns(EVENT);
  assert.deepEqual(
    runs.map(({ action, state, origin, eventId, number }) => [action, state, origin, eventId, number]),
    [['comment.post', 'queued', 'event', EVENT.id, 12]],
  );
  assert.deepEqual(
    raised.map(({ type, trigger, cause, number }) => [type, trigger, cause?.type, number]),
    [['trigger.raised', 'look', 'task.dead', 12]],
  );
  assert.deepEqual(JSON.parse(matched ?? ''), [
    { rule: 'dead tasks', trigger: 'look' },
    { rule: 'dead tasks', action: 'comment.post', run: runs[0]?.id },
  ]);

  const again = planRuns({ ...EVENT, id: '01928f3e-7c1a-7b55-9d2e-0a1b2c3d4e61' });
  assert.deepEqual([again.runs[0]?.state, /paused/.test(again.runs[0]?.reason ?? '')], ['skipped', true]);
  assert.deepEqual(planRuns({ ...EVENT, type: 'task.opened' }), { runs: [], raised: [], matched: null });
});
