/**
 * References within secret values. A value is text with any number of them:
 *
 *   ${env:NAME}            the environment variable NAME
 *   ${file:/run/secret}    the content of a file, without line breaks at its end
 *   ${cmd:pass show x}     what a command prints, without line breaks at its end
 *   $${                    the two characters ${ themselves
 *
 * `${cmd:` ends at the first `}` outside quotes; the others at the first `}`.
 */
export type Piece = { readonly literal: string } | Reference;

export interface Reference {
  readonly scheme: 'env' | 'file' | 'cmd';
  /** Name, path or command. */
  readonly target: string;
  /** As written. */
  readonly text: string;
}

/** A value's pieces, or undefined when it holds a `${` that begins no reference or a reference that does not end. */
export function parseReferences(value: string): readonly Piece[] | undefined {
  const pieces: Piece[] = [];
  let literal = '';
  for (let i = 0; i < value.length;) {
    if (value.startsWith('$${', i)) {
      literal += '${';
      i += 3;
    } else if (value.startsWith('${', i)) {
      const reference = parseReference(value.slice(i));
      if (reference === undefined) return undefined;
      if (literal !== '') pieces.push({ literal });
      literal = '';
      pieces.push(reference);
      i += reference.text.length;
    } else {
      literal += value[i];
      i++;
    }
  }
  return literal === '' && pieces.length > 0 ? pieces : [...pieces, { literal }];
}

function parseReference(text: string): Reference | undefined {
  const scheme = /^\$\{(env|file|cmd):/.exec(text)?.[1] as Reference['scheme'] | undefined;
  if (scheme === undefined) return undefined;
  const start = scheme.length + 3;
  const end = scheme === 'cmd' ? findCommandEnd(text, start) : text.indexOf('}', start);
  const target = text.slice(start, end).trim();
  return end === -1 || target === '' ? undefined : { scheme, target, text: text.slice(0, end + 1) };
}

function findCommandEnd(text: string, start: number): number {
  let quote: string | undefined;
  for (let i = start; i < text.length; i++) {
    const letter = text[i] ?? '';
    if (letter === '\\' && quote !== "'") i++;
    else if (quote !== undefined) quote = letter === quote ? undefined : quote;
    else if (letter === '"' || letter === "'") quote = letter;
    else if (letter === '}') return i;
  }
  return -1;
}
