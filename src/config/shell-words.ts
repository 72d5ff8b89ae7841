/**
 * Splits a command into words as a POSIX shell does, as far as quotes, backslashes and blanks go. Nothing else has a
 * meaning: no variables, no globs, no pipes. Undefined when a quote is not closed or nothing follows the last backslash.
 */
export function splitWords(command: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: '"' | "'" | undefined;
  for (let i = 0; i < command.length; i++) {
    const letter = command[i] ?? '';
    const next = command[i + 1];
    if (quote === "'") {
      if (letter === "'") quote = undefined;
      else word += letter;
    } else if (letter === '\\') {
      if (next === undefined) return undefined;
      const escapes = quote === undefined || '"\\$`'.includes(next);
      word = `${word ?? ''}${escapes ? '' : letter}${next}`;
      i++;
    } else if (letter === '"' || letter === "'") {
      word ??= '';
      if (quote === undefined) quote = letter;
      else quote = undefined;
    } else if (quote === undefined && /\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = `${word ?? ''}${letter}`;
    }
  }
  if (quote !== undefined) return undefined;
  return word === undefined ? words : [...words, word];
}
