/**
 * Keeps `@name` of a forge from calling people where a chat reads it as a mention: an invisible space goes between. Addresses such as
 * `ada@example.org` stay.
 */
export function breakMentions(text: string): string {
  return text.replace(/(?<![\w.+-])@(?=[\w!&])/g, '@\u200b');
}
