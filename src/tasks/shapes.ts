import { z } from 'zod';
import { DIFFICULTIES, TASK_STATES } from '../core/vocabulary.ts';

/**
 * What agents, people and pages say about tasks and are told: one schema each for the REST routes, the MCP tools, the command line and
 * their documentation. Every text that came from a forge is untrusted.
 */

const Time = z.iso.datetime();
/** The database holds no NUL character in a text. */
const isStorable = (text: string) => !text.includes('\0');
const NUL = 'holds a NUL character';
const text = (longest: number) => z.string().trim().min(1).max(longest).refine(isStorable, NUL);

/** Longest result, in bytes of JSON; what is larger belongs into the repository. */
export const MAX_RESULT_BYTES = 64 * 1024;
/** Longest that a claim waits for work. */
export const MAX_WAIT_SECONDS = 25;

const LeaseToken = text(200).describe('Token of the lease, from the claim.');

// What agents ask

export const ClaimRequest = z.strictObject({
  agent: text(100).describe('Name of the agent; one of the configured agents, where there are any.'),
  capabilities: z
    .array(text(60))
    .max(50)
    .optional()
    .describe('Narrows what the profile allows: `low`, `medium`, `high` and skills.'),
  labels: z.array(text(200)).max(50).optional().describe('Only tasks with at least one of these labels.'),
  repos: z.array(text(300)).max(50).optional().describe('Only tasks of these repositories, as globs over full names.'),
  task: z.uuid().optional().describe('Only this task.'),
  wait: z.number().min(0).max(MAX_WAIT_SECONDS).default(0).describe('Seconds to wait for work when there is none.'),
});
export type ClaimRequest = z.output<typeof ClaimRequest>;

export const HeartbeatRequest = z.strictObject({
  lease: LeaseToken,
  note: text(2000).optional().describe('What the agent is doing, shown on the forge.'),
  percent: z.number().int().min(0).max(100).optional().describe('How far it is.'),
  after: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe('`next` of the last heartbeat that arrived: events after it are told again. Without it only new ones.'),
});
export type HeartbeatRequest = z.output<typeof HeartbeatRequest>;

export const AskRequest = z.strictObject({
  lease: LeaseToken,
  question: text(8000).describe('Asked as a comment on the forge; a reply there is the answer.'),
});
export type AskRequest = z.output<typeof AskRequest>;

export const ResultShape = z.strictObject({
  summary: text(8000).describe('What was done, for people.'),
  pull: text(500).optional().describe('Number or address of the pull request.'),
  branch: text(300).optional().describe('Branch the work is on.'),
  commits: z.array(text(100)).max(200).optional().describe('Commits.'),
  data: z.unknown().optional().describe('Anything else, kept with the task.'),
});

export const CompleteRequest = z.strictObject({ lease: LeaseToken, result: ResultShape });
export type CompleteRequest = z.output<typeof CompleteRequest>;

export const FailRequest = z.strictObject({
  lease: LeaseToken,
  error: text(8000).describe('What went wrong.'),
  retryable: z.boolean().describe('Whether another attempt, perhaps by another agent, can succeed.'),
});
export type FailRequest = z.output<typeof FailRequest>;

export const ReleaseRequest = z.strictObject({
  lease: LeaseToken,
  handover: text(8000).optional().describe('What the next agent should know.'),
});
export type ReleaseRequest = z.output<typeof ReleaseRequest>;

// What people ask

export const OpenRequest = z.strictObject({
  forge: text(100).describe('Name of a configured forge.'),
  repo: text(300).optional().describe('Full name of the repository.'),
  subject: z.enum(['issue', 'pull']).optional().describe('What `number` numbers; `issue` without it.'),
  number: z.number().int().positive().optional().describe('Number of the issue or pull request.'),
  key: text(200).optional().describe('For work without a number: opening the same key again is the same task.'),
  title: text(500).optional().describe('Needed for work without a number; else the title on the forge.'),
  body: z.string().max(100_000).refine(isStorable, NUL).optional().describe('Needed where the forge cannot be asked.'),
  labels: z.array(text(200)).max(50).optional(),
  priority: z.number().int().min(-1000).max(1000).optional().describe('Higher is claimed first; 0 without it.'),
  agent: text(100).optional().describe('Only this agent may take it.'),
});
export type OpenRequest = z.output<typeof OpenRequest>;

/** The body of approve, reject, cancel, requeue and quarantine. */
export const VerbRequest = z.strictObject({ note: text(2000).optional().describe('Why; kept in the journal.') });
export type VerbRequest = z.output<typeof VerbRequest>;

export const WaiveRequest = z.strictObject({
  note: text(2000).optional(),
  on: z
    .strictObject({ repo: text(300), number: z.number().int().positive() })
    .optional()
    .describe('The one it need not wait for; without it all.'),
});
export type WaiveRequest = z.output<typeof WaiveRequest>;

export const AgentShape = z.strictObject({
  about: text(500).nullable().default(null).describe('One sentence for people.'),
  contextLimit: z
    .number()
    .int()
    .positive()
    .nullable()
    .default(null)
    .describe('Largest context in tokens; a task may take half of it. Null is unlimited.'),
  cost: z.number().min(0).default(0).describe('Price of a million tokens; 0 for an agent of your own.'),
  capabilities: z
    .array(text(60))
    .max(50)
    .default([...DIFFICULTIES])
    .describe('`low`, `medium`, `high`: the difficulties it is up to; other words are skills.'),
  labels: z.array(text(200)).max(50).default([]).describe('Globs; a task needs a label that matches. Empty is all.'),
  repos: z.array(text(300)).max(50).default([]).describe('Globs over full repository names. Empty is all.'),
  concurrency: z.number().int().min(1).max(1000).default(1).describe('Most tasks at a time.'),
  budgetPerDay: z
    .number()
    .min(0)
    .nullable()
    .default(null)
    .describe('Most that the tasks of a day (UTC) may cost by their estimates. Null is unlimited.'),
});

// What they are told

/** An agent with a profile, and how much it has to do. */
export const AgentStandingShape = z.object({
  name: z.string(),
  source: z.enum(['config', 'api']).describe('Where its profile is from: the configuration, or this API.'),
  ...AgentShape.shape,
  held: z.number().int().describe('Tasks that it holds.'),
  spentToday: z.number().describe('What the tasks that it claimed today (UTC) cost by their estimates.'),
  seenAt: Time.nullable().describe('When it was last heard from.'),
});

export const TaskSummaryShape = z.object({
  id: z.uuid(),
  ordinal: z.number().int().describe('Order of creation; `before` of the next page.'),
  key: z.string(),
  state: z.enum(TASK_STATES),
  reason: z.string().nullable().describe('Why it is in this state, where that needs saying.'),
  title: z.string(),
  forge: z.string(),
  repo: z.string().nullable(),
  subject: z.enum(['issue', 'pull']).nullable(),
  number: z.number().int().nullable(),
  url: z.string().nullable(),
  labels: z.array(z.string()).readonly(),
  priority: z.number().int(),
  difficulty: z.enum(DIFFICULTIES).nullable(),
  estimate: z.number().int().nullable().describe('Tokens.'),
  round: z.number().int().describe('How often it was opened.'),
  attempt: z.number().int().describe('Attempts of this round that failed or expired.'),
  maxAttempts: z.number().int(),
  agent: z.string().nullable().describe('Who holds it.'),
  chosenAgent: z.string().nullable().describe('Who was selected for it.'),
  percent: z.number().int().nullable(),
  note: z.string().nullable(),
  expiresAt: Time.nullable().describe('When the lease ends without a heartbeat.'),
  createdAt: Time,
  updatedAt: Time,
  queuedAt: Time.nullable(),
  finishedAt: Time.nullable(),
});
export type TaskSummary = z.output<typeof TaskSummaryShape>;

export const EntryShape = z.object({
  number: z.number().int(),
  at: Time,
  kind: z.string(),
  by: z.string().nullable(),
  fence: z.number().int().nullable(),
  data: z.record(z.string(), z.unknown()),
});
export type TaskEntry = z.output<typeof EntryShape>;

export const DependencyShape = z.object({
  repo: z.string(),
  number: z.number().int(),
  title: z.string().nullable(),
  state: z.enum(['open', 'closed', 'unknown', 'cycle']),
  waivedBy: z.string().nullable(),
  task: z
    .object({ id: z.uuid(), state: z.enum(TASK_STATES) })
    .nullable()
    .describe('The task for it, where there is one.'),
});
export type TaskDependency = z.output<typeof DependencyShape>;

export const LeaseRecordShape = z.object({
  fence: z.number().int(),
  round: z.number().int(),
  agent: z.string(),
  principal: z.string(),
  claimedAt: Time,
  endedAt: Time.nullable(),
  ended: z.enum(['completed', 'failed', 'released', 'expired', 'withdrawn']).nullable(),
  cost: z.number(),
});

export const TaskDetailsShape = TaskSummaryShape.extend({
  body: z.string().describe('Text of the issue, as on the forge: untrusted.'),
  author: z.string().nullable(),
  reasons: z.array(z.record(z.string(), z.unknown())).readonly().describe('Why it is open.'),
  chosenBecause: z.string().nullable(),
  understood: z.record(z.string(), z.unknown()).nullable().describe('What was read in the text.'),
  options: z.record(z.string(), z.unknown()),
  question: z.string().nullable(),
  handover: z.string().nullable(),
  verdicts: z.array(z.object({ gate: z.string(), state: z.string(), detail: z.string() })).readonly(),
  submitted: ResultShape.nullable(),
  result: ResultShape.nullable(),
  approvedBy: z.string().nullable(),
  quarantinedBy: z.string().nullable(),
  dependencies: z.array(DependencyShape).readonly(),
  leases: z.array(LeaseRecordShape).readonly(),
  journal: z.array(EntryShape).readonly().describe('The last 200 entries, oldest first.'),
});
export type TaskDetails = z.output<typeof TaskDetailsShape>;

export const LeaseShape = z.object({
  token: z.string().describe('To be sent with everything about this task; good for this claim only.'),
  fence: z.number().int().describe('Grows with every claim of the task.'),
  expiresAt: Time,
  ttlSeconds: z.number().int().describe('Seconds until then: go by this when clocks differ.'),
});

export const CommentShape = z.object({
  author: z.string(),
  permission: z
    .enum(['none', 'read', 'write', 'admin', 'unknown'])
    .describe('What the author may do in the repository.'),
  at: Time.nullable(),
  url: z.string().nullable(),
  body: z.string().describe('Untrusted. HTML comments are shown as they are, not hidden.'),
});

/** What an agent is given to work with. */
export const BundleShape = z.object({
  notice: z.string().describe('How to read what follows.'),
  title: z.string(),
  body: z.string().describe('Untrusted.'),
  hidden: z
    .array(z.string())
    .readonly()
    .describe('What a reader of the page on the forge does not see: HTML comments.'),
  labels: z.array(z.string()).readonly(),
  understood: z.record(z.string(), z.unknown()).nullable(),
  comments: z.array(CommentShape).readonly().describe('The last ones, oldest first.'),
  pulls: z
    .array(
      z.object({
        number: z.number().int(),
        title: z.string(),
        state: z.string(),
        url: z.string().nullable(),
        branch: z.string().nullable(),
      }),
    )
    .readonly()
    .describe('Open pull requests that name it or are on the suggested branch.'),
  dependencies: z.array(DependencyShape).readonly(),
  cloneUrl: z.string().nullable(),
  defaultBranch: z.string().nullable(),
  suggestedBranch: z.string(),
  url: z.string().nullable().describe('Page of the issue.'),
  handover: z.string().nullable().describe('What the agent before left.'),
  answers: z.array(z.record(z.string(), z.unknown())).readonly().describe('Questions and their answers so far.'),
  gates: z.array(z.string()).readonly().describe('What is checked before completion is believed.'),
  problems: z.array(z.string()).readonly().describe('What could not be fetched, and why.'),
});
export type ContextBundle = z.output<typeof BundleShape>;

export const ClaimedShape = z.object({ task: TaskSummaryShape, lease: LeaseShape, context: BundleShape });
export type Claimed = z.output<typeof ClaimedShape>;

export const HeartbeatShape = z.object({
  expiresAt: Time,
  ttlSeconds: z.number().int(),
  state: z.enum(TASK_STATES),
  cancelRequested: z.boolean().describe('Stop: the task was called off.'),
  verdicts: z.array(z.object({ gate: z.string(), state: z.string(), detail: z.string() })).readonly(),
  events: z.array(EntryShape).readonly().describe('What happened to the task since, oldest first.'),
  next: z.number().int().describe('`after` of the next heartbeat.'),
});
export type HeartbeatAnswer = z.output<typeof HeartbeatShape>;

/** What an agent is told after ask, complete, fail and release. */
export const MovedShape = z.object({
  id: z.uuid(),
  state: z.enum(TASK_STATES),
  reason: z.string().nullable(),
  attempt: z.number().int(),
  verdicts: z
    .array(z.object({ gate: z.string(), state: z.string(), detail: z.string() }))
    .readonly()
    .describe('After complete, where there are gates. While one is pending, go on sending heartbeats.'),
  expiresAt: Time.nullable().describe('Set while the caller still holds the task.'),
});
export type Moved = z.output<typeof MovedShape>;
