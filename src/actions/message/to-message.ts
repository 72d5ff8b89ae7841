import type { Event } from '../../core/event.ts';
import { toFirstLine } from '../../core/clean-text.ts';
import { type Message, toText, toWords } from './message.ts';
import { PHRASES, QUOTED } from './phrases.ts';
import { toPushMessage } from './push-message.ts';
import { toSafeUrl } from './safe-url.ts';
import { fillPhrase, toPrefix } from './tokens.ts';

const GOOD = new Set(['success', 'successful', 'passed', 'succeeded', 'fixed']);
const BAD = new Set(['failure', 'failed', 'error', 'timed_out', 'cancelled', 'canceled', 'broken', 'action_required']);
const MAX_QUOTE_CHARS = 300;

/** The standard message of an event: one line that says who did what, with a link, and a few lines below where they help. */
export function toMessage(event: Event): Message {
  if (event.type === 'push') return toPushMessage(event);
  const quote = QUOTED.has(event.type) ? toFirstLine(event.body ?? '', MAX_QUOTE_CHARS) : '';
  return {
    headline: [...toPrefix(event), ...fillPhrase(PHRASES[event.type], event)],
    details: quote === '' ? [] : [[toWords('“'), toText(quote, MAX_QUOTE_CHARS), toWords('”')]],
    url: toSafeUrl(event.url ?? event.check?.url ?? event.package?.url ?? event.fork?.url ?? event.repo?.url),
    tone: toTone(event),
  };
}

function toTone({ type, check }: Event): Message['tone'] {
  if (type === 'pull.merged' || type === 'release.published') return 'good';
  const result = check?.conclusion ?? check?.status ?? '';
  if (BAD.has(result)) return 'bad';
  return GOOD.has(result) ? 'good' : 'neutral';
}
