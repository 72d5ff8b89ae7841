import type { RuleLanguage } from '../config/rule-language.ts';
import type { ActionCatalog } from '../jobs/contract.ts';
import { checkExpression } from './expression.ts';
import { checkTemplate } from './template.ts';

/** What the reader of the configuration is given to check rules with. */
export function createRuleLanguage(actions: Pick<ActionCatalog, 'all'>): RuleLanguage {
  return { checkExpression, checkTemplate, actions: actions.all.filter(({ isInternal }) => isInternal !== true) };
}
