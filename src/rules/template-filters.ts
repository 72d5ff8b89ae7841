import { type FilterImplOptions, filters as shipped, type Liquid } from 'liquidjs';

type FilterHandler = Extract<FilterImplOptions, (...parts: never[]) => unknown>;

/**
 * What a template may do with values. Left out of what Liquid ships: filters that evaluate text as expressions, that draw lots, that look
 * inside the engine, or that belong to web pages.
 */
const KEPT = {
  numbers: 'abs at_least at_most ceil divided_by floor minus modulo plus round times to_integer',
  texts:
    'append capitalize downcase upcase lstrip rstrip strip strip_newlines prepend remove remove_first remove_last replace replace_first replace_last slice split truncate truncatewords number_of_words slugify',
  lists:
    'compact concat first join last map reverse size sort sort_natural sum uniq where reject find has array_to_sentence_string',
  encodings: 'escape escape_once url_decode base64_encode sha256 json date_to_xmlschema',
  others: 'default raw',
};

/** Characters that `encodeURIComponent` leaves as they are although they mean something in some addresses. */
const RESERVED = /[!'()*]/g;

/**
 * One part of an address: everything that could end the part is encoded. `.` and `..` cannot be, because readers of addresses take their
 * encoded forms for the same (https://url.spec.whatwg.org/#double-dot-path-segment).
 * @throws Error for such a part.
 */
export function toUrlPart(value: unknown): string {
  const text = toText(value);
  if (text === '.' || text === '..') throw new Error(`"${text}" cannot be a part of an address`);
  return encodeURIComponent(text.toWellFormed()).replace(
    RESERVED,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function toText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** The filters of Fettle's own, each with what it does. */
export const OWN_FILTERS: Readonly<Record<string, string>> = {
  first_line: 'The first line that is not blank, without the space around it.',
  one_line: 'The text on one line: line breaks and control characters become single spaces.',
  short_sha: 'The first ten characters of an object id.',
  branch: '`main` for `refs/heads/main`; a tag likewise.',
  url_encode:
    'The value as one part of an address, so that it can neither leave its place in a path nor add a parameter.',
  date: 'A time in the given format, in UTC: `{{ at | date: "%Y-%m-%d" }}`.',
};

/** Leaves an engine with the filters that are safe. */
export function installFilters(engine: Liquid): void {
  const kept = new Set(Object.values(KEPT).flatMap((names) => names.split(' ')));
  for (const name of Object.keys(engine.filters)) {
    if (!kept.has(name)) engine.unregisterFilter(name);
  }
  engine.registerFilter(
    'first_line',
    (value) =>
      toText(value)
        .split(/\r\n|[\n\r\u2028\u2029]/)
        .map((line) => line.trim())
        .find((line) => line !== '') ?? '',
  );
  engine.registerFilter('one_line', (value) =>
    toText(value)
      .replaceAll(/[\s\p{Cc}\u2028\u2029]+/gu, ' ')
      .trim(),
  );
  engine.registerFilter('short_sha', (value) => toText(value).slice(0, 10));
  engine.registerFilter('branch', (value) => toText(value).replace(/^refs\/(?:heads|tags)\//, ''));
  engine.registerFilter('url_encode', { raw: true, handler: toUrlPart });
  const date = shipped['date'] as FilterHandler;
  engine.registerFilter('date', function (this: ThisParameterType<FilterHandler>, value: unknown, ...rest: unknown[]) {
    if (value === 'now' || value === 'today') throw new Error('there is no "now"; use `at`, the time of the event');
    return date.call(this, value, ...rest) as unknown;
  });
}
