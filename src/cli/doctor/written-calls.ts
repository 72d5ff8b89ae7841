import { ACTIONS } from '../../actions/registry.ts';
import { listMarkedTexts } from '../../config/input-fields.ts';
import type { RuleConfig } from '../../config/config.ts';

/** An action as a rule in force names it. */
export interface WrittenCall {
  readonly rule: string;
  readonly action: string;
  /** As written: nothing rendered, nothing resolved. */
  readonly input: Readonly<Record<string, unknown>>;
}

/** The actions of all rules that are switched on, those of recipes too. */
export function listCalls(rules: readonly RuleConfig[]): WrittenCall[] {
  return rules
    .filter(({ enabled }) => enabled)
    .flatMap(({ name, do: calls }) => calls.map(({ action, input }) => ({ rule: name, action, input })));
}

/** The secrets that a call names, as references. */
export function listSecrets({ action, input }: WrittenCall): string[] {
  const schema = ACTIONS.find(action)?.input;
  if (schema === undefined) return [];
  return listMarkedTexts(schema, input)
    .filter(({ mark }) => mark === 'secret')
    .map(({ text }) => text);
}

/** The rules of some calls, for a sentence: each once, and not too many. */
export function toRuleNames(calls: readonly WrittenCall[]): string {
  const names = [...new Set(calls.map(({ rule }) => `\`${rule}\``))];
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3
    ? `${shown} and ${names.length - 3} more rules`
    : `${names.length === 1 ? 'rule' : 'rules'} ${shown}`;
}
