import { isMap, type Document } from 'yaml';

/**
 * Reading files of older versions. Each row rewrites a document of one version into the next, so that an old file passes
 * through every row between its version and the present one. Rows work on the parsed document, not on plain values, so that
 * errors keep the positions of the file as it was written.
 */
export type Upgraders = Readonly<Record<number, (document: Document) => void>>;

/** Version 1 is the first, so there is nothing to upgrade yet. A version 2 adds the row `1`. */
export const UPGRADERS: Upgraders = {};

/**
 * Brings a document to the present version. A file without a version is of version 1. A version that is no whole number, or
 * newer than `present`, is left as it is for the schema to refuse.
 */
export function upgradeDocument(document: Document, present: number, upgraders: Upgraders): void {
  if (!isMap(document.contents)) return;
  const written = document.get('version') ?? 1;
  if (typeof written !== 'number' || !Number.isInteger(written) || written < 1 || written >= present) return;
  for (let version = written; version < present; version++) {
    const upgrade = upgraders[version];
    if (upgrade === undefined) throw new Error(`No upgrader from configuration version ${version} is registered`);
    upgrade(document);
  }
  document.set('version', present);
}
