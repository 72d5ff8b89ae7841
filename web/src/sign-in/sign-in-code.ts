/**
 * Takes the sign-in code out of the address bar, so that it is neither in the history nor over anybody's shoulder. It stands in the
 * fragment, which no browser sends anywhere.
 */
export function takeSignInCode(): string | null {
  const code = location.hash.slice(1);
  if (code === '') return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  return code;
}

/** The code in what somebody pasted: a whole link, its fragment, or the code itself; null when there is none. */
export function findSignInCode(pasted: string): string | null {
  const text = pasted.trim();
  const code = text.includes('#') ? text.slice(text.indexOf('#') + 1) : text;
  return /^[\w-]{1,200}$/.test(code) ? code : null;
}
