import { FettleError } from '../../core/errors.ts';

/** Headers that frame the request, belong to one connection, or that Fettle sets itself. */
const RESERVED = new Set([
  'connection',
  'content-length',
  'content-type',
  'expect',
  'fettle-hops',
  'host',
  'http2-settings',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const RESERVED_PREFIXES = ['proxy-', 'webhook-'];
const NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/;
/** A tab and what Latin-1 can print: what HTTP carries without a doubt about its encoding is less, what it refuses is more. */
const VALUE = /^[\t\u0020-\u007e\u00a0-\u00ff]*$/;

/** Whether a rule may set the header of that name. `Authorization` is not for templates, which are no place for secrets: see `token`. */
export function isFreeHeader(name: string): boolean {
  const lower = name.toLowerCase();
  const isReserved = RESERVED.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix));
  return NAME.test(name) && !isReserved && lower !== 'authorization';
}

/**
 * The headers of a rule, names in lower case.
 * @throws FettleError `input_invalid` for a value with a line break or another character that a header cannot carry.
 */
export function toFreeHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (VALUE.test(value)) return [name.toLowerCase(), value.trim()];
      throw new FettleError(
        'input_invalid',
        `The header ${name} of \`webhook.send\` holds a line break or another character that a header cannot carry. Put \`| one_line\` or \`| url_encode\` behind the field in its template.`,
      );
    }),
  );
}
