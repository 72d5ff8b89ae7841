import type { LedgerNode } from '../api/ledger-shapes.ts';

/** The nodes in whose id, title or repository each word of a search stands, the one that ran last first. */
export function findNodes(nodes: readonly LedgerNode[], search: string): readonly LedgerNode[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return nodes
    .filter(({ id, title, repo, forge }) => {
      const text = [id, title, repo, forge].filter(Boolean).join('\n').toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .toSorted((a, b) => b.lastRunAt.localeCompare(a.lastRunAt) || a.id.localeCompare(b.id));
}
