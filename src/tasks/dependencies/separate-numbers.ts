import type { ForgeKind } from '../../core/vocabulary.ts';

/** Forges that count issues and pull requests each by themselves, so that `#12` is only ever the issue. */
const SEPARATE: ReadonlySet<ForgeKind> = new Set(['gitlab', 'bitbucket', 'onedev']);

/** Whether `#12` may mean this subject. Only such ones wait for others, and are waited for. */
export function isNumbered(kind: ForgeKind, subject: 'issue' | 'pull' | null | undefined): boolean {
  return subject === 'issue' || (subject === 'pull' && !SEPARATE.has(kind));
}
