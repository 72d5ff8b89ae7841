/** Deeper levels are not moved further to the right: a body of a million brackets must not become a text of a trillion blanks. */
const MAX_LEVELS = 60;

/**
 * JSON text with line breaks and indentation. Only white space changes: numbers beyond what JavaScript can hold, repeated keys and the
 * writing of escapes stay as they were sent, which parsing and printing again would not keep.
 */
export function indentJson(text: string): string {
  const parts: string[] = [];
  let depth = 0;
  let wasOpened = false;
  for (const [token] of text.matchAll(TOKENS)) {
    const isClosing = token === '}' || token === ']';
    if (isClosing) depth = Math.max(0, depth - 1);
    // An empty object or list stays on its line.
    if (wasOpened !== isClosing) parts.push(toLineBreak(depth));
    wasOpened = false;
    parts.push(token);
    if (token === ',') parts.push(toLineBreak(depth));
    else if (token === ':') parts.push(' ');
    else if (token === '{' || token === '[') {
      depth += 1;
      wasOpened = true;
    }
  }
  return parts.join('');
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

function toLineBreak(depth: number): string {
  return `\n${'  '.repeat(Math.min(depth, MAX_LEVELS))}`;
}
