/**
 * JSON text with line breaks and indentation. Only white space changes: numbers beyond what JavaScript can hold, repeated keys and the
 * writing of escapes stay as they were sent, which parsing and printing again would not keep.
 */
export function indentJson(text: string): string {
  let indented = '';
  let depth = 0;
  for (const token of text.match(TOKENS) ?? []) {
    if (token === '{' || token === '[') {
      depth += 1;
      indented += token + toLineBreak(depth);
    } else if (token === '}' || token === ']') {
      depth = Math.max(0, depth - 1);
      indented = /[{[]\s*$/.test(indented.slice(-2 * depth - 4)) ? indented.trimEnd() : indented + toLineBreak(depth);
      indented += token;
    } else if (token === ',') indented += `,${toLineBreak(depth)}`;
    else if (token === ':') indented += ': ';
    else indented += token;
  }
  return indented;
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

function toLineBreak(depth: number): string {
  return `\n${'  '.repeat(depth)}`;
}
