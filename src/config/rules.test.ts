import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { createConfigDirectory } from '../../test/config-directory.ts';
import { secretReference, template } from './action-fields.ts';
import { toRedactedConfig } from './describe-config.ts';
import { findSchemaAt, toConfigJsonSchema, toEditorSchema } from './json-schema.ts';
import type { ActionShape, RuleLanguage } from './rule-language.ts';
import { duration } from './shapes.ts';

/** Actions as they could be, so that this file says nothing about those that there are. */
const ACTIONS: readonly ActionShape[] = [
  {
    name: 'trigger.raise',
    summary: 'Raises a trigger.',
    input: z.strictObject({
      trigger: z
        .string()
        .regex(/^[a-z-]+$/)
        .meta({ title: 'a trigger name' }),
    }),
    allowedInRepository: true,
  },
  {
    name: 'room.notify',
    summary: 'Says something in a room.',
    input: z.strictObject({
      room: template('Room.').regex(/^#/),
      text: z.union([template('Text.'), z.array(template('Line.'))]).optional(),
      window: duration('1s', '1d').optional(),
      version: template('Version.').optional(),
      headers: z.record(z.string(), template('Header.')).optional(),
      token: secretReference('Token.').optional(),
      loud: z.boolean().prefault(false),
    }),
    allowedInRepository: true,
  },
  { name: 'program.run', summary: 'Runs.', input: z.strictObject({}), allowedInRepository: false },
];

const LANGUAGE: RuleLanguage = {
  checkExpression: (expression) => (expression.endsWith('==') ? `"${expression}" is not finished` : undefined),
  checkTemplate: (text) => (text.includes('}}') ? undefined : 'a template is not closed'),
  actions: ACTIONS,
};

const PLAIN = {
  enabled: true,
  priority: 0,
  schedule: null,
  timezone: null,
  forges: [],
  repos: [],
  branches: [],
  paths: [],
  actors: [],
  if: null,
  permission: null,
  mode: 'parallel',
  retry: { forMs: null, attempts: null },
  timeoutMs: null,
  onUnknown: 'stop',
};

test('rules and recipes are read in every form they may have', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config } = await directory.load(
    `
vars: { room: "#releases:x" }
rules:
  - name: one
    on: issue.labeled
    do: { trigger: pipeline }
  - name: two
    enabled: false
    priority: 5
    on: [push, comment.*, "!comment.deleted"]
    forges: home
    repos: dataforge/*
    branches: [main, release/**]
    paths: docs/**
    actors: ["*", "!renovate[bot]"]
    notActors: ci
    if: label == "x"
    permission: write
    do:
      - trigger: decision
      - room.notify: { room: "#r:x", window: 1m, version: 1.5, headers: { X-A: "{{ title }}", X-B: 2 }, token: "\${env:T}" }
      - room.notify:
          room: "{{ vars.room }}"
          text: ["{{ title }}", plain]
    mode: sequential
    retry: { for: 8d, attempts: 30 }
    timeout: 30s
    onUnknown: resend
  - name: three
    schedule: 0 7 * * MON-FRI
    timezone: Europe/Berlin
    do: { room.notify: { room: "#r:x" } }
recipes:
  - event-bridge: {}
repositoryRules:
  - { repos: dataforge/*, actions: [trigger, room.notify], reach: "room:#team-*" }
`,
    {},
    LANGUAGE,
  );
  assert.deepEqual(config.rules, [
    { ...PLAIN, name: 'one', on: ['issue.labeled'], do: [{ action: 'trigger.raise', input: { trigger: 'pipeline' } }] },
    {
      ...PLAIN,
      name: 'two',
      enabled: false,
      priority: 5,
      on: ['push', 'comment.*', '!comment.deleted'],
      forges: ['home'],
      repos: ['dataforge/*'],
      branches: ['main', 'release/**'],
      paths: ['docs/**'],
      actors: ['*', '!renovate[bot]', '!ci'],
      if: 'label == "x"',
      permission: 'write',
      do: [
        { action: 'trigger.raise', input: { trigger: 'decision' } },
        {
          action: 'room.notify',
          input: {
            room: '#r:x',
            window: '1m',
            version: 1.5,
            headers: { 'X-A': '{{ title }}', 'X-B': 2 },
            token: '${env:T}',
          },
        },
        { action: 'room.notify', input: { room: '{{ vars.room }}', text: ['{{ title }}', 'plain'] } },
      ],
      mode: 'sequential',
      retry: { forMs: 691_200_000, attempts: 30 },
      timeoutMs: 30_000,
      onUnknown: 'resend',
    },
    {
      ...PLAIN,
      name: 'three',
      on: [],
      schedule: '0 7 * * MON-FRI',
      timezone: 'Europe/Berlin',
      do: [{ action: 'room.notify', input: { room: '#r:x' } }],
    },
  ]);
  assert.deepEqual(config.vars, { room: '#releases:x' });
  assert.deepEqual(config.recipes, [{ name: 'event-bridge', parameters: {} }]);
  assert.deepEqual(config.repositoryRules, [
    { forges: [], repos: ['dataforge/*'], actions: ['trigger.raise', 'room.notify'], reach: ['room:#team-*'] },
  ]);
});

test('a secret of an action is neither resolved nor shown', async (t) => {
  const directory = await createConfigDirectory(t);
  const loaded = await directory.load(
    'rules: [{ name: a, on: push, do: { room.notify: { room: "#a", token: "x-${env:TOKEN}" } } }]',
    { TOKEN: 'hunter22' },
    LANGUAGE,
  );
  assert.equal(loaded.config.rules[0]?.do[0]?.input['token'], 'x-${env:TOKEN}');
  assert.match(JSON.stringify(toRedactedConfig(loaded)), /"token":"a reference \(not shown\)"/);
  const [problem] = await directory.refuse(
    'rules: [{ name: a, on: push, do: { room.notify: { room: "#a", token: hunter22 } } }]',
    {},
    LANGUAGE,
  );
  assert.equal(problem?.path, 'rules[0].do.room.notify.token');
  assert.doesNotMatch(JSON.stringify(problem), /hunter22/);
});

test('recipes can be switched on by a variable', async (t) => {
  const directory = await createConfigDirectory(t);
  const { config } = await directory.load(undefined, { FETTLE_RECIPES: 'event-bridge' });
  assert.deepEqual(config.recipes, [{ name: 'event-bridge', parameters: {} }]);
  const [problem] = await directory.refuse('', { FETTLE_RECIPES: 'event-brigde' });
  assert.equal(problem?.variable, 'FETTLE_RECIPES');
  assert.match(problem.message, /did you mean event-bridge/);
});

/** A rule that only has a schedule. */
const atTimes = (cron: string, more = '') =>
  `rules: [{ name: a, schedule: "${cron}", ${more}do: { room.notify: { room: "#a" } } }]`;

const rule = (fields: string) => `rules:\n  - { name: a, on: push, do: { trigger: x }, ${fields} }\n`;
const notify = (fields: string) => `rules:\n  - { name: a, on: push, do: [{ room.notify: { ${fields} } }] }\n`;
const REFUSED: readonly { text: string; path: string; says: RegExp }[] = [
  { text: 'rules: [{ on: push, do: { trigger: x } }]', path: 'rules[0].name', says: /missing/ },
  {
    text: 'rules: [{ name: a, on: issue.labelled, do: { trigger: x } }]',
    path: 'rules[0].on',
    says: /issue\.labeled\?/,
  },
  {
    text: 'rules: [{ name: a, on: [push, "*.nothing"], do: { trigger: x } }]',
    path: 'rules[0].on[1]',
    says: /not allowed/,
  },
  {
    text: 'rules: [{ name: a, on: [push, "!push"], do: { trigger: x } }]',
    path: 'rules[0].on',
    says: /match no event/,
  },
  { text: 'rules: [{ name: a, on: [], do: { trigger: x } }]', path: 'rules[0].on', says: /every event/ },
  { text: 'rules: [{ name: a, on: push, do: { trigger: Bad_Name } }]', path: 'rules[0].do.trigger', says: /Bad_Name/ },
  {
    text: 'rules: [{ name: a, on: push, do: { triger: x } }]',
    path: 'rules[0].do.triger',
    says: /unknown action; did you mean trigger/,
  },
  { text: 'rules: [{ name: a, on: push, do: {} }]', path: 'rules[0].do', says: /no action/ },
  { text: 'rules: [{ name: a, on: push, do: [] }]', path: 'rules[0].do', says: /a list is not/ },
  {
    text: 'rules: [{ name: a, on: push, do: { trigger: x, room.notify: { room: "#a" } } }]',
    path: 'rules[0].do',
    says: /several actions.*make it a list/,
  },
  {
    text: 'rules: [{ name: a, on: push, do: { room.notfy: { room: "#a" } } }]',
    path: 'rules[0].do.room.notfy',
    says: /did you mean room\.notify/,
  },
  { text: notify(''), path: 'rules[0].do[0].room.notify.room', says: /missing/ },
  {
    text: notify('rom: "#a", room: "#b"'),
    path: 'rules[0].do[0].room.notify.rom',
    says: /unknown key; did you mean room/,
  },
  { text: notify('room: a'), path: 'rules[0].do[0].room.notify.room', says: /"a" is not allowed/ },
  { text: notify('room: "{{ title"'), path: 'rules[0].do[0].room.notify.room', says: /not closed/ },
  { text: notify('room: "#a", text: ["{% if"]'), path: 'rules[0].do[0].room.notify.text[0]', says: /not closed/ },
  { text: notify('room: "#a", window: 1 minute'), path: 'rules[0].do[0].room.notify.window', says: /1 minute/ },
  {
    text: notify('room: "#a", window: "{{ x }}"'),
    path: 'rules[0].do[0].room.notify.window',
    says: /not rendered here/,
  },
  { text: notify('room: "#a", loud: 1'), path: 'rules[0].do[0].room.notify.loud', says: /1 is not allowed/ },
  { text: 'rules: [{ name: a, on: push, do: { room.notify: x } }]', path: 'rules[0].do.room.notify', says: /a map/ },
  { text: 'rules: [{ name: a, do: { trigger: x } }]', path: 'rules[0].on', says: /missing/ },
  { text: 'rules: [{ name: a, on: trigger.raised, do: { trigger: x } }]', path: 'rules[0].on', says: /cannot react/ },
  { text: atTimes('* * * *'), path: 'rules[0].schedule', says: /five cron fields/ },
  { text: atTimes('* * * * * *'), path: 'rules[0].schedule', says: /five cron fields/ },
  { text: atTimes('0 7 * * *', 'timezone: Mars/Olympus, '), path: 'rules[0].timezone', says: /not a time zone/ },
  {
    text: 'rules: [{ name: a, on: push, schedule: "0 7 * * *", do: { trigger: x } }]',
    path: 'rules[0].do.trigger',
    says: /a schedule has none/,
  },
  { text: rule('timezone: UTC'), path: 'rules[0].timezone', says: /without a schedule/ },
  {
    text: atTimes('0 7 * * *', 'repos: a/b, '),
    path: 'rules[0].repos',
    says: /no event/,
  },
  {
    text: 'rules: [{ name: a, on: issue.opened, paths: docs/**, do: { trigger: x } }]',
    path: 'rules[0].paths',
    says: /only push and comment/,
  },
  { text: rule('mode: serial'), path: 'rules[0].mode', says: /serial/ },
  { text: rule('retry: { for: forever }'), path: 'rules[0].retry.for', says: /forever/ },
  { text: rule('retry: { attempts: 0 }'), path: 'rules[0].retry.attempts', says: /0 is not/ },
  { text: rule('timeout: 0s'), path: 'rules[0].timeout', says: /0s/ },
  { text: rule('onUnknown: ask'), path: 'rules[0].onUnknown', says: /ask/ },
  { text: rule('enabled: maybe'), path: 'rules[0].enabled', says: /maybe/ },
  { text: rule('priority: high'), path: 'rules[0].priority', says: /high/ },
  { text: 'vars: { a: 1 }', path: 'vars.a', says: /1 is not allowed/ },
  {
    text: 'repositoryRules: [{ repos: a/*, actions: program.run }]',
    path: 'repositoryRules[0].actions',
    says: /may never use program\.run/,
  },
  {
    text: 'repositoryRules: [{ repos: a/*, actions: [room.notfy] }]',
    path: 'repositoryRules[0].actions[0]',
    says: /did you mean room\.notify/,
  },
  { text: 'repositoryRules: [{ actions: trigger }]', path: 'repositoryRules[0].repos', says: /missing/ },
  { text: 'recipes: [releases-monitor]', path: 'recipes[0]', says: /needs repos and room/ },
  {
    text: 'recipes: [{ releases-monitor: { repos: a/*, room: "#a:b", node: "{{ x" } }]',
    path: 'recipes[0].releases-monitor.node',
    says: /not closed/,
  },
  {
    text: 'recipes: [{ releases-monitor: { repos: a/*, room: "#a:b", window: long } }]',
    path: 'recipes[0].releases-monitor.window',
    says: /long/,
  },
  { text: 'rules: [{ name: a, on: push }]', path: 'rules[0].do', says: /missing/ },
  { text: rule('if: true'), path: 'rules[0].if', says: /true is not allowed/ },
  { text: rule('permission: owner'), path: 'rules[0].permission', says: /owner/ },
  { text: rule('repo: x/y'), path: 'rules[0].repo', says: /did you mean repos/ },
  {
    text: `${rule('if: a')}  - { name: a, on: push, do: { trigger: x } }\n`,
    path: 'rules[1].name',
    says: /also called "a"/,
  },
  { text: 'recipes: [event-brdige]', path: 'recipes[0]', says: /did you mean event-bridge/ },
  { text: 'recipes: [event-bridge, { event-bridge: {} }]', path: 'recipes[1]', says: /already/ },
  { text: 'recipes: [{ event-bridge: { speed: 1 } }]', path: 'recipes[0].event-bridge.speed', says: /unknown key/ },
  { text: 'recipes: event-bridge', path: 'recipes', says: /not allowed/ },
];

for (const { text, path, says } of REFUSED) {
  test(`${text.trim()} is refused at ${path}`, async (t) => {
    const directory = await createConfigDirectory(t);
    const problems = await directory.refuse(text, {}, LANGUAGE);
    assert.deepEqual(
      problems.map((problem) => problem.path),
      [path],
    );
    assert.match(problems[0]?.message ?? '', says);
    assert.ok((problems[0]?.line ?? 0) > 0);
  });
}

test('problems within the input of an action have the place of the offending key', async (t) => {
  const directory = await createConfigDirectory(t);
  const text = `rules:
  - name: a
    on: push
    if: label ==
    do:
      - room.notify:
          room: "#a"
          windw: 1m
          text: "{{ title"
`;
  const problems = await directory.refuse(text, {}, LANGUAGE);
  assert.deepEqual(
    problems.map(({ line, column, path }) => ({ line, column, path })),
    [
      { line: 4, column: 9, path: 'rules[0].if' },
      { line: 8, column: 11, path: 'rules[0].do[0].room.notify.windw' },
      { line: 9, column: 17, path: 'rules[0].do[0].room.notify.text' },
    ],
  );
  assert.equal(problems[0]?.message, '"label ==" is not finished');
  assert.match(problems[1]?.allowed ?? '', /room, text, window/);
});

test('the schema for editors knows every action, and lets a template stand for a value with a pattern', () => {
  const schema = toConfigJsonSchema(ACTIONS);
  const room = findSchemaAt(['rules', 0, 'do', 'room.notify', 'room'], schema);
  assert.deepEqual(
    room?.anyOf?.map((form) => form['pattern']),
    ['^#', '\\{[{%]'],
  );
  assert.equal(findSchemaAt(['rules', 0, 'do', 0, 'trigger'], schema)?.title, 'a trigger name');
  const published = toEditorSchema(ACTIONS);
  const { action } = published['$defs'] as Record<string, { properties: Record<string, unknown> }>;
  assert.deepEqual(Object.keys(action?.properties ?? {}), ['trigger', 'trigger.raise', 'room.notify', 'program.run']);
  assert.deepEqual(findSchemaAt(['rules', 0, 'do'], published)?.anyOf?.[0], { $ref: '#/$defs/action' });
});
