/** The key of work that has no number on its forge. No repository has this sign in its name, so that it is the key of no issue. */
export function toOwnKey(forge: string, repo: string | null, key: string): string {
  return `${repo === null ? forge : `${forge}/${repo}`}~${key}`;
}
