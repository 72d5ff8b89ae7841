import { type ActionCall, type RuleConfig } from '../config/config.ts';
import { hasTemplate, listInputIssues, listMarkedTexts, toWantedTexts } from '../config/input-fields.ts';
import type { ConfigPath } from '../config/problem.ts';
import { TRIGGER_ACTION } from '../config/rule-language.ts';
import { FettleError } from '../core/errors.ts';
import { EVENT_TYPE_NAMES } from '../core/event-types.ts';
import { createGlobMatcher } from '../core/glob.ts';
import type { Action, ActionCatalog } from '../jobs/contract.ts';
import { checkExpression, compileExpression, type Condition, listNames } from './expression.ts';
import { checkTemplate, type CompiledTemplate, compileTemplate } from './template.ts';

/** A rule made ready once, so that asking it costs little: globs, condition and templates are compiled. */
export interface CompiledRule {
  readonly config: RuleConfig;
  readonly source: RuleSource | null;
  /** Texts for templates and conditions. */
  readonly vars: Readonly<Record<string, string>>;
  readonly takes: Takes;
  /** Undefined when the rule has none. */
  readonly condition: Condition | undefined;
  /** Variables that the condition names. */
  readonly names: readonly string[];
  /** The triggers it raises. */
  readonly triggers: readonly string[];
  /** Its actions that make runs, in order. */
  readonly calls: readonly CompiledCall[];
}

/** What a rule takes of each kind of name; without globs everything. */
export interface Takes {
  readonly type: (type: string) => boolean;
  readonly forge: (name: string) => boolean;
  readonly repo: (fullName: string) => boolean;
  readonly branch: (branch: string) => boolean;
  readonly path: (path: string) => boolean;
  readonly actor: (login: string) => boolean;
}

/** A rule that a repository brings along: where it comes from, and what it may do. */
export interface RuleSource {
  readonly forge: string;
  readonly fullName: string;
  /** Whether an effect may reach something, such as `room:#team:example.org`. */
  readonly allowsReach: (place: string) => boolean;
}

/** An action of a rule, its templates ready. */
export interface CompiledCall {
  readonly action: Action;
  /** Place in the rule's `do`, from 0. */
  readonly position: number;
  /** As written; the places of `templates` are filled in each time. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly templates: readonly InputTemplate[];
}

export interface InputTemplate {
  readonly path: ConfigPath;
  readonly template: CompiledTemplate;
}

/** Makes a rule ready. @throws FettleError `rule_invalid` that names the rule and what is wrong with it. */
export function compileRule(
  config: RuleConfig,
  catalog: ActionCatalog,
  vars: Readonly<Record<string, string>>,
  source: RuleSource | null = null,
): CompiledRule {
  const problem = config.if === null ? undefined : checkExpression(config.if);
  if (problem !== undefined) throw toInvalid(config, `\`if\`: ${problem}`);
  const written = config.do.map((call, position) => ({ call, position }));
  const raised = written.filter(({ call }) => call.action === TRIGGER_ACTION);
  const acted = written.filter(({ call }) => call.action !== TRIGGER_ACTION);
  return {
    config,
    source,
    vars,
    takes: compileGlobs(config),
    condition: config.if === null ? undefined : compileExpression(config.if),
    names: config.if === null ? [] : listNames(config.if),
    triggers: raised.map(({ call }) => String(call.input['trigger'])),
    calls: acted.map(({ call, position }) => compileCall(config, call, position, catalog)),
  };
}

function compileGlobs(config: RuleConfig): Takes {
  const types = new Set<string>(config.on.length === 0 ? [] : EVENT_TYPE_NAMES.filter(createGlobMatcher(config.on)));
  return {
    type: (type) => types.has(type),
    forge: createGlobMatcher(config.forges),
    repo: createGlobMatcher(config.repos),
    branch: createGlobMatcher(config.branches),
    path: createGlobMatcher(config.paths),
    actor: createGlobMatcher(config.actors.map(toLiteralBrackets)),
  };
}

/** Logins such as `renovate[bot]` have brackets, which in a glob would mean a choice of letters. */
export function toLiteralBrackets(glob: string): string {
  return glob.replaceAll(/[[\]]/g, '\\$&');
}

function compileCall(
  rule: RuleConfig,
  { action: name, input: written }: ActionCall,
  position: number,
  catalog: ActionCatalog,
): CompiledCall {
  const action = catalog.find(name);
  if (action === undefined || action.isInternal === true) throw toInvalid(rule, `there is no action \`${name}\`.`);
  const input = toWantedTexts(action.input, written) as Readonly<Record<string, unknown>>;
  const templates = listMarkedTexts(action.input, input)
    .filter(({ text, mark }) => (mark === 'template' || mark === 'url') && hasTemplate(text))
    .map(({ path, text, mark }): InputTemplate => {
      const problem = checkTemplate(text);
      if (problem !== undefined) throw toInvalid(rule, `${name}, \`${path.join('.')}\`: ${problem}`);
      return { path, template: compileTemplate(text, mark === 'url' ? 'url' : 'none') };
    });
  const [issue] = listInputIssues(action.input, input);
  if (issue !== undefined) throw toInvalid(rule, `${name}, \`${issue.path.join('.')}\`: ${issue.message}.`);
  return { action, position, input, templates };
}

function toInvalid({ name }: RuleConfig, detail: string): FettleError {
  return new FettleError('rule_invalid', `Rule \`${name}\`, ${detail}`);
}
