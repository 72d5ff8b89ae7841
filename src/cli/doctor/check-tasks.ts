import { z } from 'zod';
import type { Config, ForgeConfig } from '../../config/config.ts';
import type { Repository } from '../../core/event.ts';
import { FettleError } from '../../core/errors.ts';
import { createForgeApi } from '../../forges/api.ts';
import type { OutgoingHttp } from '../../network/contract.ts';
import type { HubClient } from '../hub-client.ts';
import { type Finding, ok, toReason, warn } from './finding.ts';

/** Repositories of a recipe whose permissions are asked for. */
const MOST_ASKED = 10;

/** What the recipe `coordinator` was given; its schema was checked with the configuration. */
const Coordinator = z.object({
  forge: z.union([z.string(), z.array(z.string())]),
  assignee: z.string(),
  repos: z.union([z.string(), z.array(z.string())]).optional(),
});
type Coordinator = z.output<typeof Coordinator>;

/** Tasks for agents: may anybody claim them, and can the forges be told of them and reached by the account they are assigned to. */
export async function checkTasks(
  { agents, recipes, forges }: Pick<Config, 'agents' | 'recipes' | 'forges'>,
  http: OutgoingHttp,
  hub: HubClient | undefined,
): Promise<Finding[]> {
  const coordinators = recipes.flatMap(({ name, parameters }) =>
    name === 'coordinator' ? [Coordinator.parse(parameters)] : [],
  );
  const isUsed = coordinators.length > 0 || Object.keys(agents).length > 0;
  return [
    ...(isUsed && hub !== undefined ? await checkTokens(hub) : []),
    ...(await Promise.all(coordinators.map((one) => checkCoordinator(one, forges, http)))).flat(),
  ];
}

const Tokens = z.object({
  tokens: z.array(z.object({ role: z.string(), expiresAt: z.string().nullable(), revokedAt: z.string().nullable() })),
});

async function checkTokens(hub: HubClient): Promise<Finding[]> {
  const name = 'tasks: tokens';
  try {
    const { tokens } = await hub.ask(Tokens, 'GET', '/api/v1/tokens');
    const valid = tokens.filter(
      ({ role, expiresAt, revokedAt }) =>
        role === 'agent' && revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > Date.now()),
    );
    if (valid.length > 0) return [ok(name, `tokens with the role agent: ${valid.length}`)];
    const advice = 'Make one for each agent: fettle token create --name mosaic --role agent';
    return [warn(name, 'no agent can claim a task: there is no valid token with the role agent', advice)];
  } catch (error) {
    if (!(error instanceof FettleError)) throw error;
    return [warn(name, `not known: ${error.message}`, 'Run this again once the database of the hub is back.')];
  }
}

async function checkCoordinator(
  { forge, assignee, repos = [] }: Coordinator,
  forges: Config['forges'],
  http: OutgoingHttp,
): Promise<Finding[]> {
  const named = [repos].flat().filter((repo) => !/[*?[\]{}!]/.test(repo));
  const findings = [forge].flat().map(async (name): Promise<Finding[]> => {
    const config = forges[name];
    // A name that is not configured is a problem of the configuration, told there.
    if (config === undefined) return [];
    if (config.token === null) {
      const advice = `Set forges.${name}.token; until then their texts are not read and nothing is said on the forge.`;
      return [warn(`tasks: forge ${name}`, 'the recipe coordinator makes tasks of it, and it has no token', advice)];
    }
    const asked = named.slice(0, MOST_ASKED).map((repo) => checkAccess(config, repo, assignee, http));
    return (await Promise.all(asked)).flat();
  });
  return (await Promise.all(findings)).flat();
}

/** An account that may not push cannot do what it is assigned. */
async function checkAccess(
  forge: ForgeConfig,
  fullName: string,
  login: string,
  http: OutgoingHttp,
): Promise<Finding[]> {
  const name = `tasks: ${login} at ${fullName}`;
  const slash = fullName.lastIndexOf('/');
  const repo: Repository = { fullName, owner: fullName.slice(0, slash), name: fullName.slice(slash + 1) };
  const advice = `Give the account ${login} the right to push to ${fullName} on ${forge.name}.`;
  try {
    const permission = await createForgeApi(forge, http)?.findPermission(repo, { login, bot: true });
    if (permission === undefined) return [];
    if (permission === 'write' || permission === 'admin') return [ok(name, `may ${permission} there`)];
    return [warn(name, permission === 'none' ? 'has no access' : 'may only read there', advice)];
  } catch (error) {
    return [warn(name, `its access could not be looked up: ${toReason(error)}`, advice)];
  }
}
