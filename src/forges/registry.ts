import type { ForgeKind } from '../core/vocabulary.ts';
import { bitbucket } from './bitbucket/index.ts';
import type { ForgeDriver } from './contract.ts';
import { forgejo } from './forgejo/index.ts';
import { gitea } from './gitea/index.ts';
import { github } from './github/index.ts';
import { gitlab } from './gitlab/index.ts';
import { gogs } from './gogs/index.ts';
import { onedev } from './onedev/index.ts';

/**
 * Every kind of forge that Fettle understands, in the order of FORGE_KINDS. To add one: a folder beside the others with the same
 * file names, a line here, and the kind in `core/vocabulary.ts`; `registry.test.ts` keeps the three equal.
 */
export const DRIVERS: readonly ForgeDriver[] = [gitea, forgejo, gogs, github, gitlab, bitbucket, onedev];

/** The driver of a kind; undefined when there is none, as for text that came from outside. */
export function findDriver(kind: string): ForgeDriver | undefined {
  return DRIVERS.find((driver) => driver.kind === kind);
}

/**
 * The driver of a kind that was checked before.
 * @throws Error when no driver is listed, which is a defect of this build.
 */
export function getDriver(kind: ForgeKind): ForgeDriver {
  const driver = findDriver(kind);
  if (driver === undefined) throw new Error(`No driver is registered for kind ${kind}.`);
  return driver;
}
