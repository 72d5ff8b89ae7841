import type { DeclaredRoute } from './access/route-access.ts';

/** Finds the methods that a path answers, from the list of routes; the catch-all of the web page is no answer. */
export function createMethodFinder(routes: () => DeclaredRoute[]): (path: string) => string[] {
  let patterns: { pattern: RegExp; method: string }[] | undefined;
  return (path) => {
    patterns ??= routes()
      .filter(({ url }) => url !== '*' && url !== '/*')
      .map(({ method, url }) => ({ method, pattern: toPattern(url) }));
    return [...new Set(patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))].toSorted();
  };
}

function toPattern(url: string): RegExp {
  const parts = url.split('/').map((part) => {
    if (part === '*') return '.*';
    return part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  });
  return new RegExp(`^${parts.join('/')}$`);
}
