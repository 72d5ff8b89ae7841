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
