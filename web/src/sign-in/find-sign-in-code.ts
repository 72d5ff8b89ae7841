/** The code in what somebody pasted: a whole link, its fragment, or the code itself; null when there is none. */
export function findSignInCode(pasted: string): string | null {
  const text = pasted.trim();
  const code = text.includes('#') ? text.slice(text.indexOf('#') + 1) : text;
  return /^[\w-]{1,200}$/.test(code) ? code : null;
}
