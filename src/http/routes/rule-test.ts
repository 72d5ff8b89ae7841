import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ACTIONS } from '../../actions/registry.ts';
import { ConfigError, type ConfigProblem } from '../../config/problem.ts';
import type { Clock } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import { toHops } from '../../core/marker.ts';
import { readRules, type RulePart } from '../../replay/read-rules.ts';
import { tryRules } from '../../replay/try-rules.ts';
import { createRuleLanguage } from '../../rules/language.ts';
import { createRuleSet, type RuleSet } from '../../rules/rule-set.ts';
import type { GetDatabase } from '../../store/store.ts';
import { getPrincipal } from '../access/route-access.ts';
import { EventNameShape, NEXT, PAST_QUERY, toPastRange } from './past-query.ts';
import { RunStateShape } from './run-shapes.ts';
import { withProblems } from './shapes.ts';

export interface RuleTestPorts {
  readonly getDb: GetDatabase;
  readonly clock: Clock;
  /** The rules in force. */
  readonly rules: () => RuleSet;
}

/** Largest file, as for the configuration of the hub. */
const FILE_LIMIT_BYTES = 2 ** 20;
/** In JSON a line end takes two bytes, and what is worse is no text that somebody wrote. */
const BODY_LIMIT_BYTES = 2 * FILE_LIMIT_BYTES + 64 * 1024;

const count = z.number().int();

const Body = z.strictObject({
  yaml: z
    .string()
    .describe(
      'A configuration file of at most 1 MiB. Of it `rules`, `recipes` and `vars` are read; references are not resolved.',
    ),
  ...PAST_QUERY,
});

const Item = z.object({
  event: EventNameShape,
  change: z.enum(['added', 'dropped', 'changed']),
  rule: z.string(),
  trigger: z.string().nullable().describe('Null for a run.'),
  run: z
    .object({
      id: z.uuid(),
      action: z.string(),
      destination: z.string(),
      problem: z.string().nullable().describe('Why it could do nothing.'),
      state: RunStateShape.nullable().describe('Of the run with this id, if it was ever made.'),
      fields: z
        .array(z.object({ field: z.string(), before: z.string(), after: z.string() }))
        .readonly()
        .describe('What differs in the input, as JSON, cut to 80 characters.'),
    })
    .nullable()
    .describe('Null for a trigger.'),
});

const Answer = z.object({
  problems: z
    .array(
      z.object({
        line: count.nullable(),
        column: count.nullable(),
        path: z.string(),
        message: z.string(),
        allowed: z.string().nullable(),
      }),
    )
    .describe('What is wrong with the file; nothing is compared then.'),
  events: count.describe('Events looked at.'),
  rules: z
    .array(
      z.object({
        rule: z.string(),
        before: count.describe('Events that match by the rules in force.'),
        after: count.describe('Events that match by the rules of the file.'),
        added: count.describe('Runs and triggers.'),
        dropped: count,
        changed: count.describe('Runs with another input.'),
      }),
    )
    .readonly()
    .describe('The rules that match something before or after.'),
  items: z.array(Item).readonly().describe('At most 1,000.'),
  left: count.describe('Items that are counted but not listed.'),
  next: NEXT,
});

/** What changed rules would have done. */
export function registerRuleTestRoute(instance: FastifyInstance, { getDb, clock, rules }: RuleTestPorts): void {
  instance.withTypeProvider<ZodTypeProvider>().post(
    '/api/v1/rules/test',
    {
      config: { access: 'operator' },
      bodyLimit: BODY_LIMIT_BYTES,
      schema: {
        summary: 'Which runs and triggers changed rules would add and drop for stored events. Nothing is done.',
        description:
          'Compares the rules of the file with those in force; rules that repositories bring along are left out. Go on while `next` is set.',
        tags: ['rules'],
        body: Body,
        response: withProblems({ 200: Answer }),
      },
    },
    async (request) => {
      const { yaml, ...query } = request.body;
      if (Buffer.byteLength(yaml) > FILE_LIMIT_BYTES) {
        throw new FettleError('invalid_request', 'The file is larger than 1 MiB, which no hub would read.');
      }
      const range = toPastRange(query, getPrincipal(request), clock());
      const read = readOrRefuse(yaml);
      if (Array.isArray(read)) return { problems: read, events: 0, rules: [], items: [], left: 0, next: null };
      const changed = createRuleSet(read, ACTIONS, { hopsOf: toHops });
      return { problems: [], ...(await tryRules({ db: getDb(), clock, present: rules(), changed }, range)) };
    },
  );
}

/** The rules of the file, or what is wrong with it. */
function readOrRefuse(yaml: string): RulePart | ConfigProblem[] {
  try {
    return readRules(yaml, 'fettle.yaml', createRuleLanguage(ACTIONS));
  } catch (error) {
    if (error instanceof ConfigError) return [...error.problems];
    throw error;
  }
}
