import picomatch from 'picomatch';

/**
 * A matcher for globs such as `dataforge/*`, `*.created` or `!dataforge/private-*`. A text matches when a positive glob (or no
 * positive glob at all) takes it and no negated one does. `*` stops at a slash, `**` does not. Case is ignored, because forges ignore it
 * in names.
 */
export function createGlobMatcher(globs: readonly string[]): (text: string) => boolean {
  const options = { nocase: true, dot: true, nonegate: true, noextglob: true };
  const wanted = globs.filter((glob) => !glob.startsWith('!'));
  const unwanted = globs.filter((glob) => glob.startsWith('!')).map((glob) => glob.slice(1));
  const takes = wanted.length === 0 ? () => true : picomatch(wanted, options);
  const refuses = unwanted.length === 0 ? () => false : picomatch(unwanted, options);
  return (text) => takes(text) && !refuses(text);
}
