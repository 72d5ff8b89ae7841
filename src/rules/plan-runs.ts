import type { ActionTarget } from '../jobs/contract.ts';
import { FettleError } from '../core/errors.ts';
import { listCommands } from './bindings.ts';
import type { CompiledCall, CompiledRule } from './compile-rule.ts';
import type { UnsequencedEvent } from './conditions.ts';
import type { Match, PlannedRun } from './match.ts';
import type { RenderBudget } from './render-budget.ts';
import { renderInput } from './render-input.ts';
import { toStableId } from '../core/stable-id.ts';

/** What makes a rule act: an event, or a time and then no event. */
export interface Occasion {
  readonly event: UnsequencedEvent | null;
  /** Id of the event, else the planned time: runs of the same occasion have the same ids. */
  readonly id: string;
  /** ISO time of the event's arrival, or the planned time. */
  readonly at: string;
  /** How many of Fettle's own effects led here. */
  readonly hops: number;
  /** Time for templates. */
  readonly budget: RenderBudget;
}

/** Where a run goes whose input is not known, and which therefore goes nowhere. */
const NOWHERE: Omit<ActionTarget, 'reaches'> = { destination: 'none', orderKey: null, credential: null };

/** What a rule does on an occasion. Throws nothing: a run that cannot be made is planned with its problem. */
export function toMatch(rule: CompiledRule, occasion: Occasion): Match {
  const { config, source } = rule;
  const fullName = source?.fullName ?? null;
  const scope = toScope(rule, occasion);
  const chain = toStableId(['chain', occasion.id, config.name, fullName]);
  const ordinals = new Map<string, number>();
  const runs: PlannedRun[] = [];
  for (const call of rule.calls) {
    const planned = planCall(rule, call, occasion, scope);
    const { destination, orderKey } = planned;
    const key = JSON.stringify([call.action.name, destination, orderKey]);
    const ordinal = ordinals.get(key) ?? 0;
    ordinals.set(key, ordinal + 1);
    runs.push({
      ...planned,
      id: toStableId(['run', occasion.id, config.name, fullName, call.action.name, destination, orderKey, ordinal]),
      rule: config.name,
      source: fullName,
      action: call.action.name,
      position: call.position,
      chain,
      after: config.mode === 'sequential' ? (runs.at(-1)?.id ?? null) : null,
      options: {
        retryForMs: config.retry.forMs,
        maxAttempts: config.retry.attempts,
        timeoutMs: config.timeoutMs,
        onUnknown: config.onUnknown,
      },
      priority: config.priority,
      hops: occasion.hops,
    });
  }
  return { rule: config.name, source: fullName, triggers: rule.triggers, runs };
}

/** The variables of templates: the fields of the event under their own names, and beside them a few of our own. */
function toScope({ config, vars }: CompiledRule, { event, at }: Occasion): object {
  return { ...event, commands: event === null ? [] : listCommands(event), vars, rule: config.name, at };
}

type PlannedCall = Pick<PlannedRun, 'input' | 'problem' | 'destination' | 'orderKey' | 'credential'>;

function planCall(rule: CompiledRule, call: CompiledCall, { event, budget }: Occasion, scope: object): PlannedCall {
  const rendered = renderInput(rule.config.name, call, scope, budget);
  if ('problem' in rendered) return { ...NOWHERE, input: null, problem: rendered.problem };
  try {
    const { reaches, ...target } = call.action.target(rendered.parsed, event);
    const detail = findForbidden(rule, call, { reaches, ...target }, event);
    return detail === undefined
      ? { ...target, input: rendered.input, problem: null }
      : { ...NOWHERE, input: null, problem: { code: 'action_forbidden', detail } };
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    const detail = `Rule \`${rule.config.name}\`, ${call.action.name}: ${error.message}`;
    return { ...NOWHERE, input: null, problem: { code: 'input_invalid', detail } };
  }
}

/** Why the rules of a repository may not do this; nothing for the hub's own rules. */
function findForbidden(
  { config, source }: CompiledRule,
  { action }: CompiledCall,
  { reaches, destination, credential }: ActionTarget,
  event: UnsequencedEvent | null,
): string | undefined {
  if (source === null) return undefined;
  const about = `Rule \`${config.name}\` of ${source.fullName}, ${action.name}`;
  const own = `repo:${source.forge}/${source.fullName}`;
  const forges = [destination, credential].filter((place) => place?.startsWith('forge:') === true);
  const outside =
    forges.find((place) => place !== `forge:${event?.forge}`) ??
    reaches.find((place) => place.toLowerCase() !== own.toLowerCase() && !source.allowsReach(place));
  if (outside === undefined) return undefined;
  return `${about}: ${outside} is outside what \`repositoryRules\` of the hub's configuration lets this repository reach. Ask who runs the hub to add it to \`reach\`.`;
}
