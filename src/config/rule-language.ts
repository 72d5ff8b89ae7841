import type { z } from 'zod';

/**
 * What the reader of the configuration must know of expressions, templates and actions. Passed in, because they are understood by
 * layers above.
 */
export interface RuleLanguage {
  /** Says what is wrong with a CEL expression, or nothing. */
  checkExpression(expression: string): string | undefined;
  /** Says what is wrong with a Liquid template, or nothing. */
  checkTemplate(template: string): string | undefined;
  readonly actions: readonly ActionShape[];
}

/** What of an action shows in the configuration. */
export interface ActionShape {
  readonly name: string;
  readonly summary: string;
  readonly input: z.ZodType;
  readonly allowedInRepository: boolean;
}

/** The action that a rule may write as `trigger: x`. */
export const TRIGGER_ACTION = 'trigger.raise';
/** The short form of that action. */
export const TRIGGER_SHORTHAND = 'trigger';
