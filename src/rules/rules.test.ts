import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACTIONS } from '../actions/registry.ts';
import type { RuleConfig } from '../config/config.ts';
import { FettleError } from '../core/errors.ts';
import { createId } from '../core/id.ts';
import { toCommands } from './commands.ts';
import { checkExpression, compileExpression } from './expression.ts';
import { toBindings } from './bindings.ts';
import { RECIPES } from './recipes.ts';
import { toRecipeRule } from './recipes/recipe.ts';
import { createRuleLanguage } from './language.ts';
import { createRuleSet, type UnsequencedEvent } from './rule-set.ts';
import { toTriggerEvent } from './trigger.ts';

function toEvent(fields: Partial<UnsequencedEvent>): UnsequencedEvent {
  const repo = { fullName: 'dataforge/app', owner: 'dataforge', name: 'app' };
  return {
    id: createId(),
    v: 1,
    type: 'push',
    forge: 'home',
    kind: 'gitea',
    origin: 'webhook',
    receivedAt: '2026-01-01T00:00:00.000Z',
    repo,
    ...fields,
  };
}

function toRule(fields: Partial<RuleConfig>): RuleConfig {
  return toRecipeRule({
    name: 'r',
    on: ['push'],
    do: [{ action: 'trigger.raise', input: { trigger: 't' } }],
    ...fields,
  });
}

function triggersOf(rule: Partial<RuleConfig>, event: Partial<UnsequencedEvent>): string[] {
  return createRuleSet({ rules: [toRule(rule)], recipes: [] }, ACTIONS)
    .match(toEvent(event))
    .flatMap((match) => match.triggers);
}

const bridge = createRuleSet({ rules: [], recipes: [{ name: 'event-bridge', parameters: {} }] }, ACTIONS);

test('commands are lines of their own, outside quotes, fences and code', () => {
  assert.deepEqual(toCommands('/pipeline'), ['/pipeline']);
  assert.deepEqual(toCommands('please\n  /Pipeline   start \r\nthanks'), ['/pipeline start']);
  assert.deepEqual(toCommands('> /pipeline\ndo /pipeline now\n    /pipeline\n`/pipeline`'), []);
  assert.deepEqual(toCommands('```\n/pipeline\n```\n/hold'), ['/hold']);
  assert.deepEqual(toCommands('~~~~ sh\n/a\n~~~\n/b\n~~~~\n/c'), ['/c']);
  assert.deepEqual(toCommands('```\n/never closed'), []);
  assert.deepEqual(toCommands('/usr/bin/env is a path'), []);
});

test('reading commands takes any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (body) => toCommands(body).every((command) => command.startsWith('/'))),
  );
});

test('every field of the model is bound, absent ones as null', () => {
  const bindings = toBindings(toEvent({ type: 'issue.labeled', number: 12 }));
  const holds = (text: string) => compileExpression(text)(bindings).holds;
  assert.ok(holds('label == null && number == 12 && repo.private == null && repo.name == "app" && commands == []'));
  assert.ok(holds('head == null && seq == null && v == 1'));
});

test('an expression is refused for syntax, unknown names, length and deep loops', () => {
  assert.equal(checkExpression('label == "x" && labels.exists(l, l == "y")'), undefined);
  assert.match(checkExpression('label ==') ?? '', /Not a CEL expression/);
  assert.match(checkExpression('lable == "x"') ?? '', /no field `lable`.*label/);
  assert.match(checkExpression('"a" == "b" || '.repeat(600)) ?? '', /characters/);
  const nested = 'commits.all(a, a.added.all(b, a.added.all(c, c == b)))';
  assert.match(checkExpression(nested) ?? '', /nested 3 deep/);
});

test('a condition that cannot tell does not match and says why', () => {
  const answer = compileExpression('pages[5].title == "x"')(toBindings(toEvent({ pages: [] })));
  assert.equal(answer.holds, false);
  assert.ok('error' in answer && answer.error.length > 0);
  assert.match(JSON.stringify(compileExpression('title')(toBindings(toEvent({ title: 'x' })))), /not true or false/);
});

test('rules match by type, glob over types, repository glob and condition', () => {
  assert.deepEqual(triggersOf({}, {}), ['t']);
  assert.deepEqual(triggersOf({ on: ['issue.*'] }, { type: 'issue.opened' }), ['t']);
  assert.deepEqual(triggersOf({ on: ['issue.*'] }, {}), []);
  assert.deepEqual(triggersOf({ repos: ['dataforge/*'] }, {}), ['t']);
  assert.deepEqual(triggersOf({ repos: ['other/*'] }, {}), []);
  assert.deepEqual(triggersOf({ repos: ['dataforge/*'] }, { repo: undefined }), []);
  assert.deepEqual(triggersOf({ if: 'branch == "main"' }, { branch: 'main' }), ['t']);
  assert.deepEqual(triggersOf({ if: 'branch == "main"' }, {}), []);
});

test('own, stale and raised events match no rule', () => {
  assert.deepEqual(triggersOf({ on: ['**'] }, { own: true }), []);
  assert.deepEqual(triggersOf({ on: ['**'] }, { stale: true }), []);
  assert.deepEqual(triggersOf({ on: ['**'] }, { type: 'trigger.raised' }), []);
});

test('a permission that is known and too low does not match; an unknown one does', () => {
  const needsWrite = { on: ['comment.created'], permission: 'write' } as const;
  for (const [permission, expected] of [
    ['none', 0],
    ['read', 0],
    ['write', 1],
    ['admin', 1],
    ['unknown', 1],
  ] as const) {
    assert.equal(triggersOf(needsWrite, { type: 'comment.created', permission }).length, expected, permission);
  }
  const set = createRuleSet({ rules: [toRule(needsWrite)], recipes: [] }, ACTIONS);
  assert.equal(set.asksForPermission(toEvent({ type: 'comment.created' })), true);
  assert.equal(set.asksForPermission(toEvent({ type: 'comment.created', permission: 'read' })), false);
  assert.equal(set.asksForPermission(toEvent({ type: 'push' })), false);
});

test('the event bridge raises what its predecessor raised', () => {
  const raised = (event: Partial<UnsequencedEvent>) => bridge.match(toEvent(event)).flatMap((match) => match.triggers);
  const ada = { login: 'ada', bot: false };
  assert.deepEqual(raised({ type: 'issue.labeled', label: 'start-pipeline' }), ['pipeline']);
  assert.deepEqual(raised({ type: 'pull.labeled', label: 'start-pipeline' }), ['pipeline']);
  assert.deepEqual(raised({ type: 'issue.labeled', label: 'needs-decision' }), ['decision']);
  assert.deepEqual(raised({ type: 'issue.edited', labels: ['start-pipeline'] }), []);
  assert.deepEqual(raised({ type: 'comment.created', body: '/pipeline', actor: ada }), ['pipeline']);
  assert.deepEqual(raised({ type: 'comment.created', body: 'ok\n/pipeline start', actor: ada, permission: 'write' }), [
    'pipeline',
  ]);
  assert.deepEqual(raised({ type: 'comment.created', body: '/pipeline stop', actor: ada }), []);
  assert.deepEqual(raised({ type: 'comment.created', body: '> /pipeline', actor: ada }), []);
  assert.deepEqual(raised({ type: 'comment.created', body: '/pipeline', actor: { login: 'ci[bot]', bot: true } }), []);
  assert.deepEqual(raised({ type: 'comment.created', body: '/pipeline', actor: ada, permission: 'read' }), []);
  assert.deepEqual(raised({ type: 'comment.edited', body: '/pipeline', actor: ada }), []);
  assert.deepEqual(raised({ type: 'pull.opened' }), ['lead-review']);
  assert.deepEqual(raised({ type: 'pull.synchronized' }), ['lead-review']);
});

test('a trigger event is linked to its cause and leaves long text behind', () => {
  const cause = toEvent({ type: 'comment.created', body: '/pipeline', number: 12, subject: 'issue' });
  const raised = toTriggerEvent(cause, 'r', 'pipeline');
  assert.equal(raised.type, 'trigger.raised');
  assert.equal(raised.trigger, 'pipeline');
  assert.deepEqual(raised.cause, { id: cause.id, type: 'comment.created', rule: 'r' });
  assert.equal(raised.number, 12);
  assert.equal(raised.body, undefined);
  assert.notEqual(raised.id, cause.id);
});

test('a rule or recipe that cannot be used is named', () => {
  const isInvalid = (pattern: RegExp) => (error: unknown) =>
    error instanceof FettleError && error.code === 'rule_invalid' && pattern.test(error.message);
  assert.throws(
    () => createRuleSet({ rules: [toRule({ name: 'typo', if: 'lable == "x"' })], recipes: [] }, ACTIONS),
    isInvalid(/`typo`.*lable/),
  );
  assert.throws(
    () => createRuleSet({ rules: [], recipes: [{ name: 'nope', parameters: {} }] }, ACTIONS),
    isInvalid(/nope.*event-bridge/),
  );
});

test('every expression of every recipe is valid', () => {
  for (const rule of RECIPES.flatMap((recipe) => recipe.toRules(recipe.placeholders))) {
    assert.equal(rule.if === null ? undefined : checkExpression(rule.if), undefined, rule.name);
  }
});

test('a rule cannot name what only Fettle itself does, nor is it offered', () => {
  const call = { action: 'task.report', input: { task: '0192e4a0-0000-7000-8000-000000000000' } };
  assert.throws(
    () => createRuleSet({ rules: [toRule({ name: 'sly', do: [call] })], recipes: [] }, ACTIONS),
    (error) => error instanceof FettleError && /there is no action `task\.report`/.test(error.message),
  );
  const offered = createRuleLanguage(ACTIONS).actions.map(({ name }) => name);
  assert.ok(offered.includes('task.open') && !offered.includes('task.report'));
});
