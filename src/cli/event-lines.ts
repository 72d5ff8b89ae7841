import { FettleError } from '../core/errors.ts';

/** One event as the hub wrote it. */
export interface EventLine {
  readonly text: string;
  readonly seq: number;
}

/**
 * The whole lines of a JSON Lines answer, as they come. What follows the last line break is dropped: it is half an event.
 * @throws whatever the connection broke with; FettleError `upstream_failed` for half an event at the end or a line that is none.
 */
export async function* readEventLines(body: Response['body']): AsyncGenerator<EventLine, void, undefined> {
  let rest = '';
  for await (const chunk of body === null ? [] : body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const text of lines) yield { text, seq: readSeq(text) };
  }
  if (rest !== '') throw new FettleError('upstream_failed', 'The answer of the hub ends within an event.');
}

function readSeq(text: string): number {
  try {
    const { seq } = JSON.parse(text) as { seq?: unknown };
    if (typeof seq === 'number') return seq;
  } catch (error) {
    throw new FettleError('upstream_failed', 'The hub sent a line that is not JSON.', { cause: error });
  }
  throw new FettleError('upstream_failed', 'The hub sent a line that is not an event.');
}
