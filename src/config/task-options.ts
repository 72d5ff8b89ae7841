import { z } from 'zod';
import { TASK_STATES } from '../core/vocabulary.ts';
import type { Option } from './options.ts';
import { duration, HttpUrl, SecretText, Text, textOrList } from './shapes.ts';

/** The rows of the option table that are about tasks. */
export const TASK_OPTIONS = [
  {
    path: 'tasks.lease',
    summary: 'How long an agent holds a task without a heartbeat; three heartbeats should fit into it.',
    schema: duration('10s', '1d'),
    default: '15m',
    reload: 'live',
  },
  {
    path: 'tasks.maxAttempts',
    summary: 'How often a task may fail or expire before it is dead and waits for a person.',
    schema: z.number().int().min(1).max(100),
    default: 3,
    reload: 'live',
  },
  {
    path: 'tasks.patience',
    summary: 'How long a task is kept for the cheapest agent that can do it, before any other that can may take it.',
    schema: duration('0s', '7d'),
    default: '1m',
    reload: 'live',
  },
  {
    path: 'tasks.comments',
    summary: 'How many of the last comments on an issue an agent is given.',
    schema: z.number().int().min(0).max(100),
    default: 20,
    reload: 'live',
  },
  {
    path: 'tasks.labels',
    summary:
      'Labels that show the state of a task on the forge, such as `{ queued: "agent: waiting", leased: "agent: working" }`.',
    schema: z.partialRecord(z.enum(TASK_STATES), Text.max(50)),
    default: {},
    reload: 'live',
  },
  {
    path: 'tasks.estimator.url',
    summary: 'Address that is asked for estimate and difficulty where the text of an issue does not tell them.',
    schema: HttpUrl.nullable(),
    default: null,
    references: true,
    reload: 'live',
  },
  {
    path: 'tasks.estimator.token',
    summary: 'Bearer token for that address.',
    schema: SecretText.nullable(),
    default: null,
    secret: true,
    reload: 'live',
  },
] as const satisfies readonly Option[];

const WORDS: Readonly<Record<string, string>> = { easy: 'low', hard: 'high' };

/** A difficulty in either vocabulary, or a skill. */
const Capability = Text.max(60).transform((word) => WORDS[word.toLowerCase()] ?? word.toLowerCase());

/** What may be said about an agent. */
export const AgentEntry = z
  .strictObject({
    about: Text.max(500).optional().describe('What the agent is good for, in one sentence.'),
    contextLimit: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('Largest context in tokens; a task may take half of it. Without it unlimited.'),
    cost: z.number().min(0).prefault(0).describe('Price of a million tokens; 0 for an agent of your own.'),
    capabilities: textOrList(Capability)
      .prefault(['low', 'medium', 'high'])
      .describe('`low`, `medium`, `high` (or `easy`, `hard`): the difficulties it is up to; other words are skills.'),
    labels: textOrList(Text).prefault([]).describe('Globs; a task needs a label that matches. Without it all match.'),
    repos: textOrList(Text)
      .prefault([])
      .describe('Globs over full repository names; `!` in front excludes. Without it all match.'),
    concurrency: z.number().int().min(1).max(1000).prefault(1).describe('Most tasks at a time.'),
    budgetPerDay: z
      .number()
      .min(0)
      .optional()
      .describe('Most that the tasks of a day (UTC) may cost by their estimates. Without it unlimited.'),
  })
  .describe('One agent.');
