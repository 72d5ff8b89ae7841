/** The page of a node. */
export function toNodePath(id: string): string {
  return `/ledger/${encodeURIComponent(id)}`;
}

/** The node of a page; null for the address of another page, or one that is not well formed. */
export function toNodeId(path: string): string | null {
  const part = /^\/ledger\/([^/]+)$/.exec(path)?.[1];
  if (part === undefined) return null;
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
