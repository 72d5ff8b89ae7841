import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Clock } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import { DIFFERENCES } from '../../replay/differences.ts';
import { type PastEvent, toPastEvents } from '../../replay/past-events.ts';
import { replayRange, replayThese } from '../../replay/replay.ts';
import type { PresentRules } from '../../replay/present-rules.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { GetDatabase } from '../../store/store.ts';
import { getPrincipal } from '../access/route-access.ts';
import { EventKey, EventNameShape, hasPastCondition, NEXT, PAST_QUERY, toPastRange } from './past-query.ts';
import { RunStateShape } from './run-shapes.ts';
import { withProblems } from './shapes.ts';
import { getVisibleEvent } from './visible-event.ts';

export interface ReplayPorts {
  readonly getDb: GetDatabase;
  readonly clock: Clock;
  /** The rules in force. */
  readonly rules: () => RuleSet;
  /** Reads the rules that an event's repository brings along, so that the rule set knows them. */
  readonly ensureRepositoryRules: PresentRules['ensureRepositoryRules'];
  /** Tells the workers of this process that runs became due; without it they notice within a second. */
  readonly onRunsDue?: (() => void) | undefined;
  /** Tells the stream of this process that events were added. */
  readonly onEventsAdded?: (() => void) | undefined;
}

const Body = z.strictObject({
  event: EventKey.optional().describe('Id or `seq` of one event, instead of a filter or a range.'),
  ...PAST_QUERY,
  dry: z.boolean().default(true).describe('Only say what would happen; `false` does it.'),
  redrive: z
    .boolean()
    .default(false)
    .describe(
      'Get runs going again that are dead, cancelled or skipped; those that died of their rule, such as of a template, are rendered anew. With `triggers` raise again what was raised.',
    ),
  triggers: z
    .boolean()
    .default(false)
    .describe('Raise the triggers that today’s rules raise and that were not raised, as events of origin `replay`.'),
});

const DifferenceShape = z
  .enum(DIFFERENCES)
  .describe(
    '`new` would be made; `done` ended well; `open` is under way; `dead`, `cancelled`, `skipped` go on only with `redrive`; `gone` exists, but today’s rules would not make it.',
  );

const count = z.number().int();

const Report = z.object({
  dry: z.boolean(),
  events: count.describe('Events looked at.'),
  runs: z.record(DifferenceShape, count).describe('How many runs are of each kind.'),
  triggers: z.object({ new: count, done: count, gone: count }),
  made: count.describe('Runs that were made; 0 when dry.'),
  redriven: count.describe('Runs that go on.'),
  raised: count.describe('Triggers that were raised.'),
  items: z
    .array(
      z.object({
        event: EventNameShape,
        difference: DifferenceShape,
        rule: z.string(),
        source: z.string().nullable().describe('The repository whose own file holds the rule; null for the hub’s.'),
        trigger: z.string().nullable().describe('Null for a run.'),
        run: z
          .object({
            id: z.uuid(),
            action: z.string(),
            destination: z.string(),
            state: RunStateShape.nullable().describe('Null when it does not exist.'),
            problem: z.string().nullable().describe('Why it could do nothing.'),
            replaces: z.uuid().nullable().describe('The dead run that it takes the place of.'),
          })
          .nullable()
          .describe('Null for a trigger.'),
      }),
    )
    .readonly()
    .describe(
      'Runs and triggers, at most 1,000. What is `done` or `open` is only counted, unless `event` names the event.',
    ),
  left: count.describe('Items that are counted but not listed.'),
  next: NEXT,
});

/** Stored events through today's rules. */
export function registerReplayRoute(instance: FastifyInstance, ports: ReplayPorts): void {
  const { getDb, clock, rules, ensureRepositoryRules } = ports;
  instance.withTypeProvider<ZodTypeProvider>().post(
    '/api/v1/replay',
    {
      config: { access: 'operator' },
      schema: {
        summary: 'Replay stored events through today’s rules: what would happen against what did, or for real.',
        description:
          'Name an event, a filter or a time. A real replay makes the runs that are missing; what was done is recognised and not done again, so that it can be repeated. ' +
          'Go on while `next` is set. Old events match when replayed; what the hub’s own accounts did never does, and triggers are no causes.',
        tags: ['rules', 'runs'],
        body: Body,
        response: withProblems({ 200: Report }),
      },
    },
    async (request) => {
      const { event: key, dry, redrive, triggers, ...query } = request.body;
      if ((key === undefined) === !hasPastCondition(query)) {
        throw new FettleError(
          'invalid_request',
          'Say what is to be replayed: either one event, or a filter, `since` or `until`.',
        );
      }
      const mode = { dry, redrive, triggers, listsAll: key !== undefined };
      const context = { db: getDb(), ruleSet: rules(), ensureRepositoryRules, clock };
      const principal = getPrincipal(request);
      const report =
        key === undefined
          ? await replayRange(context, toPastRange(query, principal, clock()), mode)
          : await replayThese(context, [await getReplayable(request, key)], mode);
      const { made, redriven, raised, events } = report;
      if (!dry) request.log.info({ events, made, redriven, raised, principal: principal.name }, 'events.replayed');
      if (made + redriven > 0) ports.onRunsDue?.();
      if (raised > 0) ports.onEventsAdded?.();
      return { dry, ...report };
    },
  );

  async function getReplayable(request: FastifyRequest, key: string): Promise<PastEvent> {
    const found = await getVisibleEvent(getDb(), request, key);
    const [past] = await toPastEvents(getDb(), [found]);
    const cause = past?.event.cause?.id;
    if (past !== undefined && cause === undefined) return past;
    throw new FettleError('invalid_request', `A trigger sets nothing off; replay the event that raised it: ${cause}`);
  }
}
