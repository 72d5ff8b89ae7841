import type { ForgeKind } from '../core/vocabulary.ts';
import type { ProblemReporter } from './problem-reporter.ts';
import { isMapValue } from './tree.ts';
import { toVariableName } from './variables.ts';

/** Kinds that have no public address to fall back on. */
const SELF_HOSTED: readonly unknown[] = ['gitea', 'forgejo', 'gogs', 'onedev'] satisfies ForgeKind[];
/** Kinds that may send the secret itself instead of a signature. */
const BARE_SECRET: readonly unknown[] = ['onedev', 'gitlab'] satisfies ForgeKind[];

/** Checks what no single setting shows. `areDefaults`: nobody wrote these forges, so nothing is said about what they lack. */
export function checkForges(forges: unknown, areDefaults: boolean, reporter: ProblemReporter): void {
  if (!isMapValue(forges)) return;
  for (const [name, forge] of Object.entries(forges)) {
    if (isMapValue(forge)) checkForge(name, forge, areDefaults, reporter);
  }
}

function checkForge(name: string, forge: Record<string, unknown>, isDefault: boolean, reporter: ProblemReporter): void {
  const path = ['forges', name];
  const kind = String(forge['kind']);
  if (SELF_HOSTED.includes(kind) && forge['url'] === undefined) {
    const message = `a forge of kind ${kind} has no public address`;
    if (forge['token'] !== undefined) {
      reporter.report(
        [...path, 'token'],
        `${message}, so this token cannot be used; set ${path.join('.')}.url or ${toVariableName(`forges.${name}.url`)}`,
      );
    } else if (!isDefault) {
      reporter.warn(path, `${message}; without url Fettle only receives from it`);
    }
  }
  if (forge['unsigned'] === true && forge['secret'] !== undefined) {
    reporter.report([...path, 'unsigned'], 'a forge with a secret cannot be unsigned; remove one of the two');
  } else if (forge['unsigned'] === true) {
    reporter.warn(
      [...path, 'unsigned'],
      `anybody who reaches /webhook/${name} can send deliveries; they are not verified`,
    );
  }
  if (forge['insecure'] === true) {
    const message = BARE_SECRET.includes(kind)
      ? `the webhook secret of ${name} may travel in clear text`
      : `a forge of kind ${kind} signs its deliveries, so this has no effect`;
    reporter.warn([...path, 'insecure'], message);
  }
}
