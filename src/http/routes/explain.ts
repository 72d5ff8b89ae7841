import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { explainEvent } from '../../replay/explain-event.ts';
import type { PresentRules } from '../../replay/present-rules.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { GetDatabase } from '../../store/store.ts';
import { toEventObject } from './delivery-shapes.ts';
import { RUN_STATES, RunStateShape } from './run-shapes.ts';
import { EventObject, withProblems } from './shapes.ts';
import { EVENT_KEY, getVisibleEvent } from './visible-event.ts';

export interface ExplainPorts {
  readonly getDb: GetDatabase;
  /** The rules in force. */
  readonly rules: () => RuleSet;
  /** Reads the rules that an event's repository brings along, so that the rule set knows them. */
  readonly ensureRepositoryRules: PresentRules['ensureRepositoryRules'];
}

const RuleShape = z.object({
  rule: z.string(),
  source: z.string().nullable().describe('The repository whose own file holds the rule; null for the hub’s.'),
  matched: z.boolean(),
  failed: z
    .object({
      condition: z
        .string()
        .describe('Name of the condition, as in a rule; `own`, `stale` and `trigger` keep from all.'),
      wanted: z.string().describe('What the rule asks for.'),
      actual: z.string().describe('What the event says.'),
    })
    .optional()
    .describe('The first condition that the event does not meet.'),
  notes: z.array(z.string()).readonly().describe('What was assumed, and why a run could do nothing.'),
  triggers: z.array(z.string()).readonly(),
  runs: z
    .array(
      z.object({
        id: z.uuid(),
        action: z.string(),
        destination: z.string(),
        state: z.enum([...RUN_STATES, 'none']).describe('Of the run with this id; `none` when it was never made.'),
      }),
    )
    .readonly()
    .describe('What the rule asks for, whether it was done or not.'),
});

const Explanation = z.object({
  event: EventObject,
  rules: z.array(RuleShape).readonly().describe('Every rule in force, in the order in which they are asked.'),
  gone: z
    .object({
      runs: z
        .array(
          z.object({
            id: z.uuid(),
            rule: z.string(),
            action: z.string(),
            destination: z.string(),
            state: RunStateShape,
          }),
        )
        .readonly(),
      triggers: z.array(z.object({ rule: z.string(), trigger: z.string() })).readonly(),
    })
    .describe('What was done for the event that no rule in force would do.'),
});

/** Why rules did what they did. */
export function registerExplainRoute(instance: FastifyInstance, ports: ExplainPorts): void {
  const { getDb, rules, ensureRepositoryRules } = ports;
  instance.withTypeProvider<ZodTypeProvider>().get(
    '/api/v1/events/:id/explain',
    {
      config: { access: 'viewer' },
      schema: {
        summary: 'Which of the rules in force match an event, which do not and why.',
        tags: ['events', 'rules'],
        params: z.object({ id: EVENT_KEY }),
        response: withProblems({ 200: Explanation }),
      },
    },
    async (request) => {
      const event = await getVisibleEvent(getDb(), request, request.params.id);
      const explained = await explainEvent(getDb(), { ruleSet: rules(), ensureRepositoryRules }, event);
      const { runs, matched } = explained.gone;
      const triggers = matched.flatMap(({ rule, trigger }) => (trigger === undefined ? [] : [{ rule, trigger }]));
      return { event: toEventObject(event), rules: explained.rules, gone: { runs, triggers } };
    },
  );
}
