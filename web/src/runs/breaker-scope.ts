/** What a breaker stands for, taken from its scope. */
export interface BreakerPlace {
  readonly kind: 'destination' | 'credential';
  readonly name: string;
  /** Where a credential is refused; null where that is everywhere. */
  readonly target: string | null;
}

/** Reads `destination:<name>`, `credential:<name>` or `credential:<name>@<target>`. */
export function toBreakerPlace(scope: string): BreakerPlace {
  const colon = scope.indexOf(':');
  const rest = scope.slice(colon + 1);
  if (!scope.startsWith('credential:')) return { kind: 'destination', name: rest, target: null };
  const at = rest.indexOf('@');
  if (at === -1) return { kind: 'credential', name: rest, target: null };
  return { kind: 'credential', name: rest.slice(0, at), target: rest.slice(at + 1) };
}
