import { z } from 'zod';
import { template } from '../../config/action-fields.ts';
import { textOrList } from '../../config/shapes.ts';

/** Fields of actions that write a text on a forge; see `toForgeText`. */
export const TEXT_FIELDS = {
  mentions: textOrList(template('A login.'))
    .prefault([])
    .describe(
      'Who may be called with `@login` in the text, by login; a team as `org/team`. Every other `@name` is written so that nobody is notified, because it may come from the event.',
    ),
  commands: z
    .boolean()
    .default(false)
    .describe(
      'Whether lines of the text that begin with `/word` stay commands to the forge and its bots. They would be carried out with the rights of the account of the hub, whoever wrote them.',
    ),
};
