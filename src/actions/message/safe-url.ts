/** Longest address that is made a link; browsers and chats differ above. */
const MAX_URL_CHARS = 2_000;
/** Characters that end a link or an attribute in some markup, where the URL standard does not encode them itself. */
const DELIMITERS = /[<>{}|\\`"^\s]/g;

/**
 * An address fit for a link in any markup: http or https, without user name and password (which can pose as a host), percent-encoded.
 * Null for anything else.
 */
export function toSafeUrl(text: string | undefined): string | null {
  if (text === undefined || text.length > MAX_URL_CHARS || !URL.canParse(text)) return null;
  const url = new URL(text);
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '')
    return null;
  const { origin } = url;
  const href = `${origin}${url.href.slice(origin.length).replace(DELIMITERS, toPercent)}`;
  return href.length > MAX_URL_CHARS ? null : href;
}

/** A character of ASCII as an address has it; `encodeURIComponent` leaves some as they are. */
export function toPercent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
