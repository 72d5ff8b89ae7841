import { z } from 'zod';
import { ROLES } from '../../core/access.ts';
import { ERRORS, type ErrorCode } from '../../core/errors.ts';

/** Shapes that several answers share, for the API description. */

export const Time = z.iso.datetime().describe('ISO 8601, UTC.');

/** Written out by the drain from the event model; described there, not checked again on the way out. */
export const EventObject = z
  .record(z.string(), z.unknown())
  .describe('An event; docs/event-model.md and its JSON Schema describe each field.');

export const ScopesShape = z.object({
  repos: z
    .array(z.string().min(1).max(300))
    .max(100)
    .readonly()
    .describe('Globs over full repository names; empty means all, and what belongs to no repository.'),
});

export const RoleShape = z.enum(ROLES);

const ProblemShape = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string().describe('What happened and what to do next.'),
  code: z.enum(Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]]),
  instance: z.string().optional().describe('Correlation id of the request.'),
  holder: z
    .object({
      state: z.string(),
      agent: z.string().nullable(),
      fence: z.number().int(),
      expiresAt: z.iso.datetime().nullable(),
    })
    .optional()
    .describe('For `lease_stale` and `task_cancelled`: who holds the task now.'),
});

/** A route's answers: its own, and the problem document for everything else. */
export function withProblems<T extends Record<number, z.ZodType>>(answers: T) {
  return { ...answers, '4xx': ProblemShape, '5xx': ProblemShape };
}
