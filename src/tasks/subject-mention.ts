import type { Task } from './contract.ts';

/**
 * Whether a text names the subject of a task: `#12` where it is from the same repository, `owner/name#12` (on GitLab `!12` for a merge
 * request), or its address.
 */
export function namesSubject(text: string, task: Pick<Task, 'repo' | 'subject' | 'number' | 'url'>): boolean {
  const { repo, subject, number, url } = task;
  if (number === null) return false;
  const marks = subject === 'pull' ? '[#!]' : '#';
  // `&#12;` is a character, `other/app#12` an issue elsewhere, `#123` another one.
  if (new RegExp(`(?<![\\w&/.-])${marks}${number}(?!\\w)`).test(text)) return true;
  const lower = text.toLowerCase();
  return (
    (repo !== null && holds(lower, `${repo.toLowerCase()}#${number}`)) ||
    (url !== null && holds(lower, url.toLowerCase()))
  );
}

/** Whether it is there, and is not the beginning or end of something longer. */
function holds(text: string, part: string): boolean {
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + 1)) {
    if (!/[\w/.-]/.test(text[at - 1] ?? ' ') && !/[\w]/.test(text[at + part.length] ?? ' ')) return true;
  }
  return false;
}
