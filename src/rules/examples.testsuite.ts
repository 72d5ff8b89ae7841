import { z } from 'zod';
import { defineAction } from '../actions/define-action.ts';
import { secretReference, template } from '../config/action-fields.ts';
import type { Config, RuleConfig } from '../config/config.ts';
import { duration } from '../config/shapes.ts';
import { FettleError } from '../core/errors.ts';
import { createId } from '../core/id.ts';
import type { Action, ActionCatalog } from '../jobs/contract.ts';
import { toRecipeRule } from './recipes/recipe.ts';
import { createRuleSet, type RuleSet, type RuleSetOptions, type UnsequencedEvent } from './rule-set.ts';

/** Events, rules and actions for the tests of rules. The actions are few and have one field of each kind. */

const NotifyInput = z.strictObject({
  room: template('Room.'),
  text: template('Text.').optional(),
  link: template('Address.').meta({ escape: 'url' }).optional(),
  lines: z.array(template('Line.')).optional(),
  window: duration('1s', '1d').optional(),
  token: secretReference('Token.').optional(),
});

const COMMON = {
  summary: 'Does something.',
  examples: [],
  needs: [],
  idempotency: 'key',
  timeoutMs: 1_000,
  concurrency: 1,
  allowedInRepository: true,
  run: () => Promise.resolve({ state: 'succeeded', summary: 'Done.' } as const),
} as const;

const notify = defineAction({
  ...COMMON,
  name: 'room.notify',
  input: NotifyInput,
  target: ({ room }) => ({
    destination: 'chat',
    orderKey: `room.notify:${room}`,
    credential: 'chat',
    reaches: [`room:${room}`],
  }),
});

const CommentInput = z.strictObject({
  text: template('Text.'),
  forge: z.string().optional(),
  repo: z.string().optional(),
});

const comment = defineAction({
  ...COMMON,
  name: 'comment.post',
  input: CommentInput,
  target(input, event) {
    const forge = input.forge ?? event?.forge;
    const repo = input.repo ?? event?.repo?.fullName;
    if (forge === undefined || repo === undefined) {
      throw new FettleError('rule_invalid', 'the event has no repository to comment in');
    }
    const place = `forge:${forge}`;
    return { destination: place, orderKey: null, credential: place, reaches: [`repo:${forge}/${repo}`] };
  },
});

const NumberInput = z.strictObject({ number: template('Number.').regex(/^\d+$/) });

const count = defineAction({
  ...COMMON,
  name: 'number.count',
  input: NumberInput,
  allowedInRepository: false,
  target: () => ({ destination: 'counter', orderKey: null, credential: null, reaches: [] }),
});

const RaiseInput = z.strictObject({ trigger: z.string() });

const raise = defineAction({
  ...COMMON,
  name: 'trigger.raise',
  input: RaiseInput,
  target: () => ({ destination: 'stream', orderKey: null, credential: null, reaches: [] }),
});

const ALL: readonly Action[] = [raise, notify, comment, count];

/** The actions of these tests. */
export const CATALOG: ActionCatalog = { all: ALL, find: (name) => ALL.find((action) => action.name === name) };

/** A push to `dataforge/app` on the forge `home`, unless the fields say otherwise. */
export function toEvent(fields: Partial<UnsequencedEvent> = {}): UnsequencedEvent {
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

/** The action that raises a trigger. */
export const raises = (trigger: string) => ({ action: 'trigger.raise', input: { trigger } });

/** The action that says something in a room. */
export const notifies = (input: Record<string, unknown> = {}) => ({
  action: 'room.notify',
  input: { room: '#r:x', ...input },
});

/** A rule `r` that raises `t` on each push, unless the fields say otherwise. */
export function toRule(fields: Partial<RuleConfig> = {}): RuleConfig {
  return toRecipeRule({ name: 'r', on: ['push'], do: [raises('t')], ...fields });
}

/** A rule set of these rules over the actions of these tests. */
export function toRuleSet(
  rules: readonly Partial<RuleConfig>[],
  vars: Config['vars'] = {},
  options: RuleSetOptions = {},
): RuleSet {
  return createRuleSet({ rules: rules.map(toRule), recipes: [], vars }, CATALOG, options);
}
