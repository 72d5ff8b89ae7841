import type { ActionCall } from '../../config/config.ts';
import { defineRecipe, toRecipeRule } from './recipe.ts';

/**
 * Opens tasks and nothing else: that one is cancelled, closed or told what happened follows from the task itself, so that it also holds for
 * tasks that rules, people or programs opened.
 */
export const coordinator = defineRecipe(
  'coordinator',
  ({ forge, assignee, label, command, repos, permission, ...options }) => {
    const open: ActionCall[] = [{ action: 'task.open', input: { ...options } }];
    const common = { forges: forge, repos, permission, do: open };
    const rules = [
      toRecipeRule({
        name: 'coordinator/assigned',
        on: ['issue.assigned', 'pull.assigned'],
        if: `assignee != null && assignee.matches(${JSON.stringify(`(?i)^${toLiteral(assignee)}$`)})`,
        ...common,
      }),
    ];
    if (label !== undefined)
      rules.push(
        toRecipeRule({
          name: 'coordinator/labelled',
          on: ['issue.labeled', 'pull.labeled'],
          if: `label == ${JSON.stringify(label)}`,
          ...common,
        }),
      );
    if (command !== undefined)
      rules.push(
        toRecipeRule({
          name: 'coordinator/command',
          on: ['comment.created'],
          if: `commands.exists(c, c == ${JSON.stringify(command)} || c.startsWith(${JSON.stringify(`${command} `)})) && (actor == null || !actor.bot)`,
          ...common,
        }),
      );
    return rules;
  },
);

/** For an expression of RE2. */
function toLiteral(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
