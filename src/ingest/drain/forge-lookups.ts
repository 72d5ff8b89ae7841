import type { Logger } from 'pino';
import type { Config, ForgeConfig } from '../../config/config.ts';
import type { Clock } from '../../core/clock.ts';
import { FettleError } from '../../core/errors.ts';
import type { Actor, EventDraft, Repository } from '../../core/event.ts';
import { createForgeApi, type ForgeApi } from '../../forges/api.ts';
import type { OutgoingHttp } from '../../network/contract.ts';
import type { ForeignEdge } from './edges.ts';
import type { Lookups } from './lookups.ts';

/**
 * Lookups by the forges' APIs, with the token of each forge. Answers about permissions are kept for a minute, so that a lively
 * discussion costs one request; a forge that fails is left alone for a while, so that it cannot slow the drain down.
 */
export interface ForgeLookups extends Lookups {
  /** Lower-case logins of the hub's own accounts: those of the configuration and the one the token belongs to. */
  readonly accountsOf: (forge: string) => ReadonlySet<string>;
  /** The content of a file on the default branch; undefined when there is none. Throws when the forge cannot be asked. */
  readonly findFile: (forge: string, repo: Repository, path: string) => Promise<Buffer | undefined>;
  /** Drops what is kept; for a new configuration. Asks again whom the tokens belong to. */
  forget(): void;
}

const KEPT_MS = 60_000;
const LEFT_ALONE_MS = 30_000;
const MAX_KEPT = 5_000;

export function createForgeLookups(options: {
  readonly forges: () => Config['forges'];
  readonly http: OutgoingHttp;
  readonly log: Logger;
  readonly clock: Clock;
}): ForgeLookups {
  const { forges, http, log, clock } = options;
  const apis = new Map<string, ForgeApi>();
  const permissions = new Map<
    string,
    { readonly answer: Promise<EventDraft['permission']>; readonly untilMs: number }
  >();
  const leftAloneUntilMs = new Map<string, number>();
  let accounts = new Map<string, Set<string>>();

  const findApi = (name: string): ForgeApi | undefined => {
    const forge = forges()[name];
    if (forge === undefined || forge.token === null || (leftAloneUntilMs.get(name) ?? 0) > clock()) return undefined;
    const known = apis.get(name) ?? createForgeApi(forge, http);
    if (known !== undefined) apis.set(name, known);
    return known;
  };

  /** An answer or nothing: what a forge's API does must never hold up or break the drain. */
  const ask = async <T>(
    name: string,
    question: (api: ForgeApi) => Promise<T | undefined> | undefined,
  ): Promise<T | undefined> => {
    const api = findApi(name);
    if (api === undefined) return undefined;
    try {
      return await question(api);
    } catch (error) {
      leftAloneUntilMs.set(name, clock() + LEFT_ALONE_MS);
      log.warn({ forge: name, err: error, leftAloneMs: LEFT_ALONE_MS }, 'forge.lookup_failed');
      return undefined;
    }
  };

  const learnAccounts = () => {
    accounts = new Map(Object.values(forges()).map((forge) => [forge.name, toLogins(forge)]));
    for (const forge of Object.values(forges())) {
      void ask(forge.name, (api) => api.getOwnAccount()).then((account) => {
        if (account !== undefined) accounts.get(forge.name)?.add(account.login.toLowerCase());
      });
    }
  };
  learnAccounts();

  return {
    accountsOf: (name) => accounts.get(name) ?? new Set(),
    forget() {
      apis.clear();
      permissions.clear();
      leftAloneUntilMs.clear();
      learnAccounts();
    },
    findPermission(name: string, repo: Repository, actor: Actor) {
      const key = JSON.stringify([name, repo.fullName, actor.id ?? actor.login]);
      const kept = permissions.get(key);
      if (kept !== undefined && kept.untilMs > clock()) return kept.answer;
      const answer = ask(name, (api) => api.findPermission(repo, actor));
      if (permissions.size >= MAX_KEPT) permissions.clear();
      permissions.set(key, { answer, untilMs: clock() + KEPT_MS });
      return answer;
    },
    async findFile(name, repo, path) {
      const files = findApi(name)?.files;
      if (files === undefined)
        throw new FettleError(
          'rule_invalid',
          `Files on \`${name}\` cannot be read now: it has no token, or it failed.`,
        );
      return files.find(repo, path);
    },
    findEdges: (name, repo, number, at) =>
      ask<readonly ForeignEdge[]>(name, (api) => api.findSubjectEdges?.(repo, number, at)),
  };
}

function toLogins(forge: ForgeConfig): Set<string> {
  return new Set(forge.accounts.map((login) => login.toLowerCase()));
}
