import type { Logger } from 'pino';
import type { Config } from '../../config/config.ts';
import type { Clock } from '../../core/clock.ts';
import type { Repository } from '../../core/event.ts';
import type { ActionCatalog } from '../../jobs/contract.ts';
import type { CompiledRule } from '../../rules/compile-rule.ts';
import { findRepositoryAllowance, parseRepositoryRules } from '../../rules/repository-rules.ts';
import type { UnsequencedEvent } from '../../rules/rule-set.ts';

/**
 * The rules that repositories bring along in `.fettle.yaml` on their default branch, read through the forge's API and kept for a while. They
 * are read before a batch's transaction begins, and anew when something was pushed to the default branch. While a forge does not
 * answer, what was read last stays in force.
 */
export interface RepositoryRuleReader {
  /** Reads what an event's repository brings along, where the configuration allows it any rules. */
  readonly ensure: (event: UnsequencedEvent) => Promise<void>;
  /** The rules of a repository as they were read last. */
  readonly list: (forge: string, fullName: string) => readonly CompiledRule[];
  /** Drops what is kept; for a new configuration. */
  forget(): void;
}

export interface RepositoryRulePorts {
  readonly config: () => Pick<Config, 'repositoryRules'>;
  /** The content of a file on the default branch; undefined when there is none. Throws when the forge does not tell. */
  readonly findFile: (forge: string, repo: Repository, path: string) => Promise<Buffer | undefined>;
  readonly catalog: ActionCatalog;
  readonly clock: Clock;
  readonly log: Logger;
}

export const REPOSITORY_FILE = '.fettle.yaml';
const KEPT_MS = 600_000;
/** How long a forge that failed is not asked again for the same file. */
const LEFT_ALONE_MS = 30_000;
const MOST_KEPT = 2_000;

export function createRepositoryRuleReader(ports: RepositoryRulePorts): RepositoryRuleReader {
  const { config, clock, log } = ports;
  const kept = new Map<string, { readonly rules: readonly CompiledRule[]; readonly untilMs: number }>();

  const read = async (forge: string, repo: Repository): Promise<readonly CompiledRule[] | undefined> => {
    const allowance = findRepositoryAllowance(config(), forge, repo.fullName);
    if (allowance === null) return [];
    try {
      const content = await ports.findFile(forge, repo, REPOSITORY_FILE);
      if (content === undefined) return [];
      const place = { forge, fullName: repo.fullName };
      const { rules, problems } = parseRepositoryRules(content.toString('utf8'), place, allowance, ports.catalog);
      if (problems.length > 0) log.warn({ forge, repo: repo.fullName, problems }, 'repository_rules.problems');
      return rules;
    } catch (error) {
      log.warn({ forge, repo: repo.fullName, err: error }, 'repository_rules.unread');
      return undefined;
    }
  };

  return {
    async ensure({ forge, repo, type, branch }) {
      if (repo === undefined || config().repositoryRules.length === 0) return;
      const key = toKey(forge, repo.fullName);
      const known = kept.get(key);
      const mayHaveChanged = type === 'push' && (branch === repo.defaultBranch || repo.defaultBranch === undefined);
      if (known !== undefined && known.untilMs > clock() && !mayHaveChanged) return;
      const rules = await read(forge, repo);
      if (kept.size >= MOST_KEPT) kept.clear();
      kept.set(key, {
        rules: rules ?? known?.rules ?? [],
        untilMs: clock() + (rules === undefined ? LEFT_ALONE_MS : KEPT_MS),
      });
    },
    list: (forge, fullName) => kept.get(toKey(forge, fullName))?.rules ?? [],
    forget: () => kept.clear(),
  };
}

function toKey(forge: string, fullName: string): string {
  return `${forge}/${fullName.toLowerCase()}`;
}
