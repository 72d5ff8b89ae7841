import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACTIONS } from '../../actions/registry.ts';
import { toEvent } from '../examples.testsuite.ts';
import { createRuleSet, type UnsequencedEvent } from '../rule-set.ts';

const PARAMETERS = { forge: 'home', assignee: 'mosaic', label: 'agent', command: '/Agent', gates: ['pull'] };
const ASSIGNED = {
  type: 'issue.assigned',
  assignee: 'Mosaic',
  number: 12,
  subject: 'issue',
  permission: 'write',
} as const;

function toSet(parameters: Record<string, unknown> = {}) {
  return createRuleSet(
    { rules: [], recipes: [{ name: 'coordinator', parameters: { ...PARAMETERS, ...parameters } }] },
    ACTIONS,
  );
}

/** The rules that open a task. */
function rulesFor(event: Partial<UnsequencedEvent>, parameters: Record<string, unknown> = {}): string[] {
  const matches = toSet(parameters).match(toEvent({ branch: undefined, forge: 'home', ...event }));
  assert.ok(
    matches.every(({ runs }) => runs.every(({ action, problem }) => action === 'task.open' && problem === null)),
  );
  return matches.map(({ rule }) => rule);
}

test('who is assigned, what is labelled and what is commanded makes work', () => {
  assert.deepEqual(rulesFor(ASSIGNED), ['coordinator/assigned']);
  assert.deepEqual(rulesFor({ ...ASSIGNED, type: 'pull.assigned', subject: 'pull' }), ['coordinator/assigned']);
  const labeled = { ...ASSIGNED, type: 'issue.labeled', label: 'agent' } as const;
  assert.deepEqual(rulesFor(labeled), ['coordinator/labelled']);
  const comment = { ...ASSIGNED, type: 'comment.created', body: 'Well.\n/agent now' } as const;
  assert.deepEqual(rulesFor(comment), ['coordinator/command']);
});

const NOTHING: readonly [string, Partial<UnsequencedEvent>, Record<string, unknown>][] = [
  ['somebody else', { ...ASSIGNED, assignee: 'mosaic2' }, {}],
  [
    'an account whose name a dot would take for another',
    { ...ASSIGNED, assignee: 'mosaicXbot' },
    { assignee: 'mosaic.bot' },
  ],
  ['another forge', { ...ASSIGNED, forge: 'work' }, {}],
  ['another repository', ASSIGNED, { repos: 'other/*' }],
  ['a person who may only read', { ...ASSIGNED, permission: 'read' }, {}],
  ['the hub itself', { ...ASSIGNED, own: true }, {}],
  [
    'an edit of an issue that the account is assigned to',
    { ...ASSIGNED, type: 'issue.edited', assignees: ['mosaic'] },
    {},
  ],
  ['another command', { ...ASSIGNED, type: 'comment.created', body: '/agents' }, {}],
  ['a quoted command', { ...ASSIGNED, type: 'comment.created', body: '> /agent' }, {}],
  [
    'a bot that comments',
    { ...ASSIGNED, type: 'comment.created', body: '/agent', actor: { login: 'ci', bot: true } },
    {},
  ],
];

for (const [what, event, parameters] of NOTHING) {
  test(`${what} makes no work`, () => {
    assert.deepEqual(rulesFor(event, parameters), []);
  });
}

test('of a person without the permission it says why nothing happened', () => {
  const told = toSet().explain(toEvent({ forge: 'home', ...ASSIGNED, permission: 'read' }));
  const own = told.find(({ rule }) => rule === 'coordinator/assigned');
  assert.match(JSON.stringify(own), /permission/);
  assert.match(JSON.stringify(own), /"matches":false|"matched":false/);
});

test('what it says about tasks arrives in them', () => {
  const options = {
    priorities: { urgent: 10 },
    agent: 'opus',
    approval: 'after',
    gates: ['pull', { command: ['make'] }],
  };
  const [match] = toSet(options).match(toEvent({ forge: 'home', ...ASSIGNED }));
  assert.deepEqual(match?.runs[0]?.input, options);
});
