import type { Config } from '../../config/config.ts';
import { FettleError } from '../../core/errors.ts';
import type { ForgeApi, RepositoryPermission } from '../../forges/api-contract.ts';
import type { GateVerdict, Task, TaskGate, TaskResult } from '../contract.ts';
import { checkChecks } from './checks-gate.ts';
import { toGateName } from '../machine/gate-name.ts';
import { toCommandVerdict } from './command-gate.ts';
import type { FoundPull, GateFacts, RunCommand } from './contract.ts';
import { findPull } from './find-pull.ts';
import { toTaskRepository } from '../task-repository.ts';
import { listOwnLogins } from '../own-logins.ts';
import { checkPull } from './pull-gate.ts';
import { listRepositoryPages } from './pull-reference.ts';
import { checkReview } from './review-gate.ts';

/** What checking takes of the world. */
export interface GatePorts {
  readonly config: () => Config;
  /** The forge of the task. Undefined when it is not configured or cannot be asked. */
  readonly forge: ForgeApi | undefined;
  readonly runCommand: RunCommand;
}

type ForgeGate = Exclude<TaskGate['kind'], 'command'>;

/** One completion that is to be checked. */
export interface Completion {
  readonly task: Task;
  readonly result: TaskResult;
  /** How long it is being checked already. */
  readonly waitedMs: number;
}

/**
 * What each gate of a task says about a completion, in the order of the gates. Programs are run last, and only when nothing else is in
 * the way. What cannot be checked is rejected with the reason: a gate that lets through what it cannot see is none.
 * @throws FettleError what the forge answered; then nothing is known, and it is to be asked again.
 */
export async function checkGates(completion: Completion, ports: GatePorts): Promise<readonly GateVerdict[]> {
  const { task, result, waitedMs } = completion;
  const { gates } = task.options;
  const asksForge = gates.some(({ kind }) => kind !== 'command');
  const facts = asksForge ? await collectFacts(completion, ports) : '';
  const onForge: readonly GateVerdict[] = await Promise.all(
    gates.flatMap((gate) => (gate.kind === 'command' ? [] : [checkOnForge(gate.kind, facts)])),
  );
  const isFree = !asksForge || onForge.every(({ state }) => state === 'passed');
  const verdicts: GateVerdict[] = [...onForge];
  for (const gate of gates) {
    if (gate.kind !== 'command') continue;
    if (!isFree) {
      verdicts.push({
        gate: toGateName(gate),
        state: 'pending',
        detail: 'It is run once the others let it through.',
      });
      continue;
    }
    const pull = typeof facts === 'object' && 'pull' in facts.pull ? facts.pull.pull : null;
    verdicts.push(
      toCommandVerdict(toGateName(gate), await ports.runCommand(gate.argv, { task, result, pull }), waitedMs),
    );
  }
  return verdicts;
}

/** The facts, or why there are none. */
async function collectFacts(completion: Completion, ports: GatePorts): Promise<GateFacts | string> {
  try {
    return await askForFacts(completion, ports);
  } catch (error) {
    return toRefusal(error);
  }
}

async function askForFacts({ task, result, waitedMs }: Completion, ports: GatePorts): Promise<GateFacts | string> {
  const { forge, config } = ports;
  const repo = toTaskRepository(task);
  if (repo === null) return 'The task is about no repository, so there is nothing to check there.';
  if (forge?.pulls === undefined)
    return `Fettle cannot look at pull requests on the forge \`${task.forge}\`. Somebody has to take this gate away, or give the forge a token.`;
  const { pulls } = forge;
  const settings = config().forges[task.forge];
  const pages = listRepositoryPages(task, settings);
  const pull: FoundPull = await findPull(pulls, { task, result, repo, pages });
  const asked = new Map<string, Promise<RepositoryPermission | undefined>>();
  return {
    task,
    result,
    repo,
    waitedMs,
    pull,
    pulls,
    ownLogins: await listOwnLogins(forge, settings?.accounts ?? []),
    findPermission(login) {
      const known = asked.get(login) ?? forge.findPermission(repo, { login, bot: false });
      asked.set(login, known);
      return known;
    },
  };
}

async function checkOnForge(kind: ForgeGate, facts: GateFacts | string): Promise<GateVerdict> {
  if (typeof facts === 'string') return { gate: kind, state: 'rejected', detail: facts };
  if (kind === 'pull') return checkPull(facts.pull);
  try {
    return await (kind === 'checks' ? checkChecks(facts) : checkReview(facts));
  } catch (error) {
    return { gate: kind, state: 'rejected', detail: toRefusal(error) };
  }
}

/**
 * What a forge refuses for good, such as a commit that it does not know, is an answer for the agent.
 * @throws anything else again.
 */
function toRefusal(error: unknown): string {
  if (error instanceof FettleError && error.code === 'upstream_refused') return error.message;
  throw error;
}
