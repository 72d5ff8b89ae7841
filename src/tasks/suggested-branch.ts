import type { Task } from './contract.ts';

const LONGEST_SLUG = 40;

/**
 * The branch that an agent is to work on, the same for every attempt: `fettle/12-short-title`. Of the title only letters and digits of
 * ASCII are left, so that it is a valid ref on every system (https://git-scm.com/docs/git-check-ref-format), no option of a program and
 * harmless in a shell.
 */
export function toSuggestedBranch({
  id,
  subject,
  number,
  title,
}: Pick<Task, 'id' | 'subject' | 'number' | 'title'>): string {
  const slug = toSlug(title);
  const end = slug === '' ? '' : `-${slug}`;
  if (number === null) return `fettle/task-${id.replaceAll(/[^0-9a-f]/gi, '').slice(-8)}${end}`;
  return `fettle/${subject === 'pull' ? 'pull-' : ''}${number}${end}`;
}

function toSlug(title: string): string {
  const plain = title.slice(0, 500).normalize('NFKD').replaceAll('ß', 'ss').replaceAll(/\p{M}/gu, '').toLowerCase();
  return plain
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^-/, '')
    .slice(0, LONGEST_SLUG)
    .replace(/-$/, '');
}
