import type { RunContext } from '../jobs/contract.ts';
import { type Message, toTextMessage } from './message/message.ts';
import { toMessage } from './message/to-message.ts';

/** What a notification says: the text of the rule, else the standard message of the event, else that the rule ran. */
export function toNotice(text: string | undefined, { event, run }: Pick<RunContext, 'event' | 'run'>): Message {
  if (text !== undefined) return toTextMessage(text);
  return event === null ? toTextMessage(`The rule “${run.rule}” ran.`) : toMessage(event);
}
