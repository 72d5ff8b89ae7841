import { z } from 'zod';
import type { ManagedHook } from '../../store/hooks.ts';
import { Time } from './shapes.ts';

/** Shapes of installed webhooks, for the answers of several routes. */

export const HookLevelShape = z.enum(['repository', 'organisation', 'system']);

export const HookStateShape = z
  .enum(['ok', 'missing', 'disabled', 'changed', 'silent', 'unreachable'])
  .describe(
    'missing: the forge has it no longer. disabled: it is switched off there. changed: address, events or format are not what was installed. silent: in order, but nothing comes. unreachable: the forge did not tell.',
  );

export const HookShape = z.object({
  forge: z.string(),
  level: HookLevelShape,
  place: z.string().describe('Full name of the repository, name of the organisation, or empty for the whole instance.'),
  url: z.string().describe('Where it sends deliveries.'),
  state: HookStateShape,
  detail: z.string().describe('A sentence about the state; empty when it is ok.'),
  since: Time.describe('Since when it is in this state.'),
  checkedAt: Time,
  installedAt: Time,
  installedBy: z.string(),
});

export function toHookShape(hook: ManagedHook): z.infer<typeof HookShape> {
  const { forge, level, place, url, state, detail, installedBy } = hook;
  return {
    forge,
    level,
    place,
    url,
    state,
    detail,
    since: hook.since.toISOString(),
    checkedAt: hook.checkedAt.toISOString(),
    installedAt: hook.installedAt.toISOString(),
    installedBy,
  };
}
