import { TRIGGER_ACTION } from '../../config/rule-language.ts';
import { defineRecipe, toRecipeRule } from './recipe.ts';

/** Anyone can comment, bots too; a command counts only from a person who may write. */
const PIPELINE_COMMAND = '("/pipeline" in commands || "/pipeline start" in commands) && (actor == null || !actor.bot)';

const raise = (trigger: string) => [{ action: TRIGGER_ACTION, input: { trigger } }];

export const eventBridge = defineRecipe('event-bridge', () => [
  toRecipeRule({
    name: 'event-bridge/start-pipeline',
    on: ['issue.labeled', 'pull.labeled'],
    if: 'label == "start-pipeline"',
    do: raise('pipeline'),
  }),
  toRecipeRule({
    name: 'event-bridge/needs-decision',
    on: ['issue.labeled', 'pull.labeled'],
    if: 'label == "needs-decision"',
    do: raise('decision'),
  }),
  toRecipeRule({
    name: 'event-bridge/pipeline-command',
    on: ['comment.created'],
    if: PIPELINE_COMMAND,
    permission: 'write',
    do: raise('pipeline'),
  }),
  toRecipeRule({
    name: 'event-bridge/lead-review',
    on: ['pull.opened', 'pull.synchronized'],
    do: raise('lead-review'),
  }),
]);
