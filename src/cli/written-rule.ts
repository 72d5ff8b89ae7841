import type { ActionCall, RuleConfig } from '../config/config.ts';
import { TRIGGER_ACTION, TRIGGER_SHORTHAND } from '../config/rule-language.ts';

/** A rule as a person would write it in `fettle.yaml`: without what is the default anyway. */
export function toWrittenRule(rule: RuleConfig): Record<string, unknown> {
  const { forMs, attempts } = rule.retry;
  const retry = {
    ...(forMs === null ? {} : { for: toDurationText(forMs) }),
    ...(attempts === null ? {} : { attempts }),
  };
  const actions = rule.do.map(toWrittenAction);
  return {
    name: rule.name,
    ...(rule.enabled ? {} : { enabled: false }),
    ...(rule.priority === 0 ? {} : { priority: rule.priority }),
    ...toList('on', rule.on),
    ...toText('schedule', rule.schedule),
    ...toText('timezone', rule.timezone),
    ...toList('forges', rule.forges),
    ...toList('repos', rule.repos),
    ...toList('branches', rule.branches),
    ...toList('paths', rule.paths),
    ...toList('actors', rule.actors),
    ...toText('if', rule.if),
    ...toText('permission', rule.permission),
    do: actions.length === 1 ? actions[0] : actions,
    ...(rule.mode === 'parallel' ? {} : { mode: rule.mode }),
    ...(Object.keys(retry).length === 0 ? {} : { retry }),
    ...(rule.timeoutMs === null ? {} : { timeout: toDurationText(rule.timeoutMs) }),
    ...(rule.onUnknown === 'stop' ? {} : { onUnknown: rule.onUnknown }),
  };
}

function toWrittenAction({ action, input }: ActionCall): Record<string, unknown> {
  return action === TRIGGER_ACTION ? { [TRIGGER_SHORTHAND]: input['trigger'] } : { [action]: input };
}

function toList(key: string, values: readonly string[]): Record<string, unknown> {
  return values.length === 0 ? {} : { [key]: values.length === 1 ? values[0] : values };
}

function toText(key: string, value: string | null): Record<string, unknown> {
  return value === null ? {} : { [key]: value };
}

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

function toDurationText(durationMs: number): string {
  const unit = UNITS.find(([, size]) => durationMs > 0 && durationMs % size === 0);
  return unit === undefined ? `${durationMs}ms` : `${durationMs / unit[1]}${unit[0]}`;
}
